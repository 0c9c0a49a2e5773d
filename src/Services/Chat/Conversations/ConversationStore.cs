using System.Globalization;
using ChatApp.Contracts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>Conversations. What happens in them is in their logs.</summary>
internal sealed class ConversationStore(IMongoDatabase db)
{
    public const string Collection = "conversations";

    private static readonly FilterDefinitionBuilder<Conversation> Where = Builders<Conversation>.Filter;
    private static readonly SortDefinition<Conversation> NewestFirst =
        Builders<Conversation>.Sort.Descending(stored => stored.LastActivityAt).Descending(stored => stored.Id);

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(Collection);

    public async Task<Conversation?> FindAsync(Guid id, CancellationToken ct) =>
        await _conversations.Find(Where.Eq(stored => stored.Id, id)).FirstOrDefaultAsync(ct);

    public async Task<Conversation?> FindDirectAsync(Guid userId, Guid otherId, CancellationToken ct) =>
        await _conversations.Find(Where.Eq(stored => stored.DirectKey, UserPair.Key(userId, otherId))).FirstOrDefaultAsync(ct);

    /// <summary>Stores it, or finds the one that the pair has: of those who race, one stores.</summary>
    public async Task<Conversation> AddAsync(Conversation conversation, CancellationToken ct)
    {
        try
        {
            await _conversations.InsertOneAsync(conversation, cancellationToken: ct);
            return conversation;
        }
        catch (MongoWriteException exception) when (conversation.DirectKey is { } pair && exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return await _conversations.Find(Where.Eq(stored => stored.DirectKey, pair)).FirstAsync(ct);
        }
    }

    /// <summary>Those of the conversations behind a place in the list, the one with the newest activity first.</summary>
    public async Task<IReadOnlyList<Conversation>> NewestAsync(IEnumerable<Guid> ids, ConversationCursor? after, int limit, CancellationToken ct)
    {
        var filter = Where.In(stored => stored.Id, ids);
        if (after is { } last)
        {
            filter &= Where.Lt(stored => stored.LastActivityAt, last.At)
                | (Where.Eq(stored => stored.LastActivityAt, last.At) & Where.Lt(stored => stored.Id, last.Id));
        }

        return await _conversations.Find(filter).Sort(NewestFirst).Limit(limit).ToListAsync(ct);
    }

    /// <summary>The change number of each conversation, as far as it is projected.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> RevsAsync(IReadOnlyCollection<Guid> ids, CancellationToken ct)
    {
        var found = await _conversations
            .Find(Where.In(stored => stored.Id, ids))
            .Project<BsonDocument>(Builders<Conversation>.Projection.Include(stored => stored.Rev))
            .ToListAsync(ct);
        return found.ToDictionary(conversation => conversation["_id"].AsGuid, conversation => conversation["rev"].ToInt64());
    }

    /// <summary>Takes over what the logs have, unless what is there is as new: replays and stragglers change nothing.</summary>
    public Task ProjectAsync(IReadOnlyCollection<LogSummary> logs, CancellationToken ct) =>
        _conversations.BulkWriteAsync(logs.SelectMany(Projections), new BulkWriteOptions { IsOrdered = false }, ct);

    private static IEnumerable<UpdateOneModel<Conversation>> Projections(LogSummary log)
    {
        var change = Builders<Conversation>.Update.Max(stored => stored.Rev, log.Rev).Max(stored => stored.Counted, log.Counted);
        if (log.LastMessage is { } last)
        {
            yield return new UpdateOneModel<Conversation>(
                Where.Eq(stored => stored.Id, log.ConversationId) & Where.Not(Where.Gte("lastMessage.rev", last.Rev)),
                change.Set(stored => stored.LastMessage, last).Set(stored => stored.LastActivityAt, last.SentAt));
        }

        if (log.MembersRev > 0)
        {
            yield return new UpdateOneModel<Conversation>(
                Where.Eq(stored => stored.Id, log.ConversationId) & Where.Lt(stored => stored.MembersRev, log.MembersRev),
                change.Set(stored => stored.MemberCount, log.MemberCount).Set(stored => stored.MembersRev, log.MembersRev));
        }
    }
}

/// <summary>Where a page of conversations ended.</summary>
internal readonly record struct ConversationCursor(DateTimeOffset At, Guid Id)
{
    public static ConversationCursor? Parse(string text) =>
        text.Split('_') is [var at, var id] && long.TryParse(at, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is >= 0 and < 253_402_300_800_000 && Guid.TryParse(id, out var guid)
            ? new ConversationCursor(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), guid)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToUnixTimeMilliseconds()}_{Id:N}");
}
