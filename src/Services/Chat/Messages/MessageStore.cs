using MongoDB.Driver;

namespace ChatApp.Chat.Messages;

/// <summary>Reads the logs; <see cref="MessageLog"/> writes them.</summary>
internal sealed class MessageStore(IMongoDatabase db)
{
    public const string Collection = "messages";

    private static readonly FilterDefinitionBuilder<StoredMessage> Where = Builders<StoredMessage>.Filter;
    private static readonly SortDefinition<StoredMessage> ByPlace = Builders<StoredMessage>.Sort.Ascending(message => message.Id);
    private static readonly SortDefinition<StoredMessage> ByPlaceDescending = Builders<StoredMessage>.Sort.Descending(message => message.Id);
    private static readonly SortDefinition<StoredMessage> ByRev = Builders<StoredMessage>.Sort.Ascending(message => message.Rev);
    private static readonly SortDefinition<StoredMessage> ByRevDescending = Builders<StoredMessage>.Sort.Descending(message => message.Rev);
    private static readonly ProjectionDefinition<StoredMessage, StoredMessage> WithoutEvents =
        Builders<StoredMessage>.Projection.Exclude(message => message.Outbox);

    private readonly IMongoCollection<StoredMessage> _messages = db.GetCollection<StoredMessage>(Collection);

    public async Task<StoredMessage?> FindAsync(Guid conversationId, long seq, CancellationToken ct) =>
        await Between(conversationId, seq - 1, seq + 1).FirstOrDefaultAsync(ct);

    /// <summary>Messages before a place, newest first.</summary>
    public async Task<IReadOnlyList<StoredMessage>> BeforeAsync(Guid conversationId, long before, int limit, CancellationToken ct) =>
        await Between(conversationId, 0, before).Sort(ByPlaceDescending).Limit(limit).ToListAsync(ct);

    /// <summary>Messages after a place, oldest first.</summary>
    public async Task<IReadOnlyList<StoredMessage>> AfterAsync(Guid conversationId, long after, int limit, CancellationToken ct) =>
        await Between(conversationId, after, long.MaxValue).Sort(ByPlace).Limit(limit).ToListAsync(ct);

    /// <summary>What changed after a change number, in the order of change.</summary>
    public async Task<IReadOnlyList<StoredMessage>> ChangesAsync(Guid conversationId, long afterRev, int limit, CancellationToken ct) =>
        await _messages
            .Find(Where.Eq(message => message.ConversationId, conversationId) & Where.Gt(message => message.Rev, afterRev))
            .Sort(ByRev)
            .Limit(limit)
            .Project(WithoutEvents)
            .ToListAsync(ct);

    /// <summary>The message that was changed last; null before the first.</summary>
    public async Task<StoredMessage?> NewestAsync(Guid conversationId, CancellationToken ct) =>
        await _messages.Find(Where.Eq(message => message.ConversationId, conversationId)).Sort(ByRevDescending).Limit(1).Project(WithoutEvents).FirstOrDefaultAsync(ct);

    /// <summary>The last place that each of the senders has.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> LastOfEachAsync(Guid conversationId, CancellationToken ct)
    {
        var last = await _messages.Aggregate()
            .Match(Where.Eq(message => message.ConversationId, conversationId))
            .Group(message => message.SenderId, own => new { SenderId = own.Key, Seq = own.Max(message => message.Seq) })
            .ToListAsync(ct);
        return last.ToDictionary(sender => sender.SenderId, sender => sender.Seq);
    }

    /// <summary>Where the log ends now.</summary>
    public async Task<Tail> TailAsync(Guid conversationId, CancellationToken ct)
    {
        // First the place: a message that comes between the two reads then makes the write lose its race, and never skip a number.
        var last = await Between(conversationId, 0, long.MaxValue).Sort(ByPlaceDescending).Limit(1).FirstOrDefaultAsync(ct);
        if (last is null)
            return Tail.Empty;

        var newest = await _messages.Find(Where.Eq(message => message.ConversationId, conversationId)).Sort(ByRevDescending).Limit(1).Project(WithoutEvents).FirstAsync(ct);
        return new Tail(last.Seq, newest.Rev, null);
    }

    private IFindFluent<StoredMessage, StoredMessage> Between(Guid conversationId, long after, long before) => _messages
        .Find(
            // The key alone says it; the conversation leads to the right shard.
            Where.Eq(message => message.ConversationId, conversationId)
            & Where.Gt(message => message.Id, StoredMessage.Key(conversationId, after))
            & Where.Lt(message => message.Id, StoredMessage.Key(conversationId, before)))
        .Project(WithoutEvents);
}
