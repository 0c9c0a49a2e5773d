using MongoDB.Driver;

namespace ChatApp.Chat.Messages;

/// <summary>The logs. Only <see cref="MessageLog"/> writes them.</summary>
internal sealed class MessageStore(IMongoDatabase db)
{
    public const string Collection = "messages";

    private static readonly FilterDefinitionBuilder<StoredMessage> Where = Builders<StoredMessage>.Filter;
    private static readonly SortDefinition<StoredMessage> ByPlace = Builders<StoredMessage>.Sort.Ascending(message => message.Id);
    private static readonly SortDefinition<StoredMessage> ByPlaceDescending = Builders<StoredMessage>.Sort.Descending(message => message.Id);
    private static readonly SortDefinition<StoredMessage> ByRev = Builders<StoredMessage>.Sort.Ascending(message => message.Rev);
    private static readonly SortDefinition<StoredMessage> ByRevDescending = Builders<StoredMessage>.Sort.Descending(message => message.Rev);
    private static readonly InsertManyOptions InOrder = new() { IsOrdered = true };
    private static readonly InsertManyOptions SideBySide = new() { IsOrdered = false };

    private readonly IMongoCollection<StoredMessage> _messages = WithoutRetries(db).GetCollection<StoredMessage>(Collection);

    /// <summary>Stores messages at the places that they have; with <paramref name="ordered"/>, none behind one that can't be stored.</summary>
    /// <returns>Tells by their index those that are not stored, since the place, the change number or the client key is taken.</returns>
    public async Task<Func<int, bool>> InsertAsync(StoredMessage[] messages, bool ordered, CancellationToken ct)
    {
        try
        {
            await _messages.InsertManyAsync(messages, ordered ? InOrder : SideBySide, ct);
            return _ => false;
        }
        catch (MongoBulkWriteException<StoredMessage> exception)
            when (exception.WriteConcernError is null && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            var taken = exception.WriteErrors.Select(error => error.Index).ToHashSet();
            return ordered ? index => index >= taken.Min() : taken.Contains;
        }
    }

    public async Task<StoredMessage?> FindAsync(Guid conversationId, long seq, CancellationToken ct) =>
        await Between(conversationId, seq - 1, seq + 1).FirstOrDefaultAsync(ct);

    /// <summary>Messages before a place, newest first.</summary>
    public async Task<IReadOnlyList<StoredMessage>> BeforeAsync(Guid conversationId, long before, int limit, CancellationToken ct) =>
        await Between(conversationId, 0, before).Sort(ByPlaceDescending).Limit(limit).ToListAsync(ct);

    /// <summary>Messages after a place, oldest first.</summary>
    public async Task<IReadOnlyList<StoredMessage>> AfterAsync(Guid conversationId, long after, int limit, CancellationToken ct) =>
        await Between(conversationId, after, long.MaxValue).Sort(ByPlace).Limit(limit).ToListAsync(ct);

    public async Task<StoredMessage?> FindByKeyAsync(Guid conversationId, Guid senderId, Guid clientMessageId, CancellationToken ct) =>
        await _messages
            .Find(
                Where.Eq(message => message.ConversationId, conversationId)
                & Where.Eq(message => message.SenderId, senderId)
                & Where.Eq(message => message.ClientMessageId, clientMessageId))
            .FirstOrDefaultAsync(ct);

    /// <summary>What is at these places of several conversations. By the key alone: an <c>$or</c> of ranges is planned as a scan.</summary>
    public async Task<IReadOnlyList<StoredMessage>> AtAsync(IEnumerable<(Guid ConversationId, long Seq)> places, CancellationToken ct) =>
        await _messages.Find(Where.In(message => message.Id, places.Select(place => StoredMessage.Key(place.ConversationId, place.Seq)))).ToListAsync(ct);

    /// <summary>The changes of a conversation's members, in their order.</summary>
    public async Task<IReadOnlyList<StoredMessage>> SystemAsync(Guid conversationId, CancellationToken ct) =>
        await System(conversationId).Sort(ByRev).ToListAsync(ct);

    /// <summary>The last change of a conversation's members; null before the first.</summary>
    public async Task<StoredMessage?> LastSystemAsync(Guid conversationId, CancellationToken ct) =>
        await System(conversationId).Sort(ByRevDescending).Limit(1).FirstOrDefaultAsync(ct);

    /// <summary>What changed after a change number, in the order of change.</summary>
    public async Task<IReadOnlyList<StoredMessage>> ChangesAsync(Guid conversationId, long afterRev, int limit, CancellationToken ct) =>
        await _messages
            .Find(Where.Eq(message => message.ConversationId, conversationId) & Where.Gt(message => message.Rev, afterRev))
            .Sort(ByRev)
            .Limit(limit)
            .ToListAsync(ct);

    /// <summary>The message that was changed last; null before the first.</summary>
    public async Task<StoredMessage?> NewestAsync(Guid conversationId, CancellationToken ct) =>
        await _messages.Find(Where.Eq(message => message.ConversationId, conversationId)).Sort(ByRevDescending).Limit(1).FirstOrDefaultAsync(ct);

    /// <summary>The last message that each of the senders has written.</summary>
    public async Task<IReadOnlyDictionary<Guid, (long Seq, long Counted)>> LastOfEachAsync(Guid conversationId, CancellationToken ct)
    {
        var last = await _messages.Aggregate()
            .Match(Where.Eq(message => message.ConversationId, conversationId) & Where.Exists(message => message.System, false))
            .Group(
                message => message.SenderId,
                own => new { SenderId = own.Key, Seq = own.Max(message => message.Seq), Counted = own.Max(message => message.Counted) })
            .ToListAsync(ct);
        return last.ToDictionary(sender => sender.SenderId, sender => (sender.Seq, sender.Counted));
    }

    /// <summary>The last message that somebody wrote.</summary>
    public async Task<StoredMessage?> LastWrittenAsync(Guid conversationId, CancellationToken ct) =>
        await _messages.Find(Place(conversationId, 0, long.MaxValue) & Where.Exists(message => message.System, false)).Sort(ByPlaceDescending).FirstOrDefaultAsync(ct);

    /// <summary>Where the log ends now, without what it says of members.</summary>
    public async Task<Tail> TailAsync(Guid conversationId, CancellationToken ct)
    {
        // First the place: a message that comes between the two reads then makes the write lose its race, and is found at the next place.
        if (await LastAsync(conversationId, ct) is not { } last)
            return Tail.Empty;

        var newest = await NewestAsync(conversationId, ct);
        return Tail.Empty.After(last) with { Rev = newest!.Rev, MembersRev = 0 };
    }

    /// <summary>The message at the last place; null before the first.</summary>
    public async Task<StoredMessage?> LastAsync(Guid conversationId, CancellationToken ct) =>
        await Between(conversationId, 0, long.MaxValue).Sort(ByPlaceDescending).Limit(1).FirstOrDefaultAsync(ct);

    private IFindFluent<StoredMessage, StoredMessage> System(Guid conversationId) =>
        _messages.Find(Where.Eq(message => message.ConversationId, conversationId) & Where.Exists(message => message.System));

    private IFindFluent<StoredMessage, StoredMessage> Between(Guid conversationId, long after, long before) =>
        _messages.Find(Place(conversationId, after, before));

    /// <summary>The key alone says it; the conversation leads to the right shard.</summary>
    private static FilterDefinition<StoredMessage> Place(Guid conversationId, long after, long before) =>
        Where.Eq(message => message.ConversationId, conversationId)
        & Where.Gt(message => message.Id, StoredMessage.Key(conversationId, after))
        & Where.Lt(message => message.Id, StoredMessage.Key(conversationId, before));

    /// <summary>
    /// The log tries again itself, once it has looked up what is stored. For the driver's retry the store would keep a record of each write, a seventh of what an
    /// insert costs. Clients whose settings differ in this share their connections.
    /// </summary>
    private static IMongoDatabase WithoutRetries(IMongoDatabase db)
    {
        var settings = db.Client.Settings.Clone();
        settings.RetryWrites = false;
        return new MongoClient(settings).GetDatabase(db.DatabaseNamespace.DatabaseName);
    }
}
