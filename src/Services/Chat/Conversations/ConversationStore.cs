using System.Globalization;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Conversations;

/// <summary>Conversations, each written together with the events that tell of it.</summary>
internal sealed class ConversationStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "conversations";

    private static readonly FilterDefinitionBuilder<Conversation> Where = Builders<Conversation>.Filter;
    private static readonly SortDefinition<Conversation> NewestFirst =
        Builders<Conversation>.Sort.Descending(stored => stored.LastActivityAt).Descending(stored => stored.Id);

    private readonly IMongoCollection<Conversation> _conversations = db.GetCollection<Conversation>(Collection);

    /// <summary>Null both when there is no such conversation and when the user is not in it.</summary>
    public async Task<Conversation?> FindAsync(Guid id, Guid memberId, CancellationToken ct)
    {
        var conversation = await _conversations.Find(Where.Eq(stored => stored.Id, id)).FirstOrDefaultAsync(ct);
        return conversation?.HasMember(memberId) is true ? conversation : null;
    }

    public async Task<Conversation?> FindDirectAsync(Guid userId, Guid otherId, CancellationToken ct) =>
        await _conversations.Find(Where.Eq(stored => stored.DirectKey, UserPair.Key(userId, otherId))).FirstOrDefaultAsync(ct);

    /// <summary>The conversation of the pair, and whether this call made it: of those who race, one does.</summary>
    public async Task<(Conversation Conversation, bool Created)> StartDirectAsync(Guid userId, Guid otherId, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            return (await InsertAsync(ConversationKind.Direct, null, UserPair.Key(userId, otherId), userId, [Joined(userId, Role.Member), Joined(otherId, Role.Member)], now, ct), true);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            return ((await FindDirectAsync(userId, otherId, ct))!, false);
        }

        Member Joined(Guid id, Role role) => new(id, role, now);
    }

    public Task<Conversation> StartGroupAsync(Guid ownerId, string title, IEnumerable<Guid> memberIds, DateTimeOffset now, CancellationToken ct) =>
        InsertAsync(
            ConversationKind.Group,
            title,
            null,
            ownerId,
            [new Member(ownerId, Role.Owner, now), .. memberIds.Select(id => new Member(id, Role.Member, now))],
            now,
            ct);

    /// <summary>The user's conversations, the one with the newest activity first.</summary>
    public async Task<IReadOnlyList<Conversation>> OfAsync(Guid memberId, ConversationCursor? after, int limit, CancellationToken ct)
    {
        var filter = Where.Eq("members.userId", memberId);
        if (after is { } last)
        {
            filter &= Where.Lt(stored => stored.LastActivityAt, last.At)
                | (Where.Eq(stored => stored.LastActivityAt, last.At) & Where.Lt(stored => stored.Id, last.Id));
        }

        return await _conversations.Find(filter).Sort(NewestFirst).Limit(limit).ToListAsync(ct);
    }

    /// <summary>The conversations that the user is in, each with the change number of its last message as far as it is projected.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> RevsOfAsync(Guid memberId, CancellationToken ct)
    {
        var found = await _conversations
            .Find(Where.Eq("members.userId", memberId))
            .Project<BsonDocument>(Builders<Conversation>.Projection.Include("lastMessage.rev"))
            .ToListAsync(ct);
        return found.ToDictionary(
            conversation => conversation["_id"].AsGuid,
            conversation => conversation.TryGetValue("lastMessage", out var last) ? last["rev"].ToInt64() : 0);
    }

    /// <summary>Takes the newest message over, unless what is there is as new: replays and stragglers change nothing.</summary>
    public Task ProjectAsync(Guid conversationId, LastMessage newest, CancellationToken ct) =>
        _conversations.UpdateOneAsync(
            Where.Eq(stored => stored.Id, conversationId) & Where.Not(Where.Gte("lastMessage.rev", newest.Rev)),
            Builders<Conversation>.Update.Set(stored => stored.LastMessage, newest).Set(stored => stored.LastActivityAt, newest.SentAt),
            cancellationToken: ct);

    private async Task<Conversation> InsertAsync(
        ConversationKind kind, string? title, string? directKey, Guid createdBy, IReadOnlyList<Member> members, DateTimeOffset now, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(now);
        List<OutboxEvent> events =
        [
            OutboxEvent.From(new ConversationCreated(id, kind, title, createdBy, [.. members.Select(member => member.UserId)], now), now),
            .. members.Select(member => OutboxEvent.From(
                new MembershipChanged(id, member.UserId, member.Role.ToString().ToLowerInvariant(), Active: true, MutedUntil: null, Version: 1, now), now)),
        ];
        var conversation = new Conversation(id, kind, title, directKey, createdBy, now, members, LastMessage: null, LastActivityAt: now, events);

        await _conversations.InsertOneAsync(conversation, cancellationToken: ct);
        outbox.Written(Collection, new BsonBinaryData(id, GuidRepresentation.Standard), [.. events]);
        return conversation;
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
