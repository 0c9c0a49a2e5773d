using System.Runtime.CompilerServices;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>Who is in which conversation, read marks and mutes.</summary>
internal sealed class MembershipStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "memberships";

    private static readonly FilterDefinitionBuilder<Membership> Where = Builders<Membership>.Filter;
    private static readonly UpdateDefinitionBuilder<Membership> Change = Builders<Membership>.Update;
    private static readonly SortDefinition<Membership> ById = Builders<Membership>.Sort.Ascending(membership => membership.Id);
    private static readonly FindOneAndUpdateOptions<Membership> Changed = new() { ReturnDocument = ReturnDocument.After };

    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(Collection);

    /// <summary>Also of who is no member any more.</summary>
    public async Task<Membership?> FindAsync(Guid conversationId, Guid userId, CancellationToken ct) =>
        await _memberships.Find(Where.Eq(membership => membership.Id, Membership.Key(conversationId, userId))).FirstOrDefaultAsync(ct);

    /// <summary>The user's memberships in all conversations that he is in.</summary>
    public async Task<IReadOnlyList<Membership>> OfAsync(Guid userId, CancellationToken ct) =>
        await _memberships.Find(Where.Eq(membership => membership.UserId, userId) & Where.Eq(membership => membership.Active, true)).ToListAsync(ct);

    /// <summary>Members of a conversation in the order of their ids.</summary>
    /// <param name="after">Those with a greater id.</param>
    public async Task<IReadOnlyList<Membership>> InAsync(Guid conversationId, Guid? after, int limit, CancellationToken ct) =>
        await _memberships.Find(Behind(conversationId, after) & Where.Eq(membership => membership.Active, true)).Sort(ById).Limit(limit).ToListAsync(ct);

    /// <summary>Those of the users that are in the conversation.</summary>
    public async Task<IReadOnlyList<Membership>> AmongAsync(Guid conversationId, IEnumerable<Guid> userIds, CancellationToken ct) =>
        await _memberships
            .Find(Where.In(membership => membership.Id, userIds.Select(id => Membership.Key(conversationId, id))) & Where.Eq(membership => membership.Active, true))
            .ToListAsync(ct);

    public async Task<bool> HasOtherOwnerAsync(Guid conversationId, Guid userId, CancellationToken ct) =>
        await _memberships
            .Find(
                Behind(conversationId, null)
                & Where.Eq(membership => membership.Active, true)
                & Where.Eq(membership => membership.Role, Role.Owner)
                & Where.Ne(membership => membership.UserId, userId))
            .AnyAsync(ct);

    /// <summary>Moves the read mark forward and tells the others; a mark that is there already, or further, stays.</summary>
    /// <returns>The mark as it is now; null for who is no member.</returns>
    public async Task<Membership?> MarkReadAsync(Guid conversationId, Guid userId, long seq, long counted, DateTimeOffset now, CancellationToken ct)
    {
        using var change = outbox.Begin();
        var changed = await _memberships.FindOneAndUpdateAsync(
            Where.Eq(membership => membership.Id, Membership.Key(conversationId, userId))
            & Where.Eq(membership => membership.Active, true)
            & Where.Lt(membership => membership.ReadSeq, seq),
            Change
                .Set(membership => membership.ReadSeq, seq)
                .Set(membership => membership.ReadCounted, counted)
                .Set(membership => membership.ReadAt, now)
                .Set(membership => membership.ChangedAt, change.At)
                .Set(membership => membership.Writer, change.Writer),
            Changed,
            ct);
        if (changed is not null)
            MembershipEvents.Announce([changed], change);
        change.Complete();
        return changed ?? (await FindAsync(conversationId, userId, ct) is { Active: true } membership ? membership : null);
    }

    /// <summary>No notifications until then; null ends a mute.</summary>
    public async Task MuteAsync(Guid conversationId, Guid userId, DateTimeOffset? until, CancellationToken ct)
    {
        using var change = outbox.Begin();
        var changed = await _memberships.FindOneAndUpdateAsync(
            Where.Eq(membership => membership.Id, Membership.Key(conversationId, userId))
            & Where.Eq(membership => membership.Active, true)
            & Where.Ne(membership => membership.MutedUntil, until),
            (until is null ? Change.Unset(membership => membership.MutedUntil) : Change.Set(membership => membership.MutedUntil, until))
                .Inc(membership => membership.Version, 1)
                .Set(membership => membership.ChangedAt, change.At)
                .Set(membership => membership.Writer, change.Writer),
            Changed,
            ct);
        if (changed is not null)
            MembershipEvents.Announce([changed], change);
        change.Complete();
    }

    /// <summary>Who sends has read what was there: the marks of the senders move to what they sent.</summary>
    public Task HaveReadAsync(IReadOnlyCollection<ReadMark> marks, CancellationToken ct) => marks.Count == 0 ? Task.CompletedTask : _memberships.BulkWriteAsync(
        marks.Select(mark => new UpdateOneModel<Membership>(
            Where.Eq(membership => membership.Id, Membership.Key(mark.ConversationId, mark.UserId)),
            Change.Max(membership => membership.ReadSeq, mark.Seq).Max(membership => membership.ReadCounted, mark.Counted))),
        new BulkWriteOptions { IsOrdered = false },
        ct);

    /// <summary>Everybody who is or was in the conversation.</summary>
    public async Task<IReadOnlyList<Membership>> EverInAsync(Guid conversationId, CancellationToken ct) => await _memberships.Find(Behind(conversationId, null)).ToListAsync(ct);

    /// <summary>Puts one membership in the place of another, unless that was changed meanwhile.</summary>
    /// <param name="wrong">Null where there was none.</param>
    /// <param name="right">Null where none is to be.</param>
    public async Task PutRightAsync(Membership? wrong, Membership? right, CancellationToken ct)
    {
        if (wrong is null)
        {
            await _memberships.InsertMissingAsync([right!], ct);
            return;
        }

        var unchanged = Where.Eq(stored => stored.Id, wrong.Id)
            & Where.Eq(stored => stored.Rev, wrong.Rev)
            & Where.Eq(stored => stored.ReadSeq, wrong.ReadSeq)
            & Where.Eq(stored => stored.Version, wrong.Version);
        if (right is null)
            await _memberships.DeleteOneAsync(unchanged, ct);
        else
            await _memberships.ReplaceOneAsync(unchanged, right, cancellationToken: ct);
    }

    /// <summary>What others keep copies of, as the events that would tell of it.</summary>
    public async IAsyncEnumerable<OutboxEvent> StateAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var all = await _memberships.Find(Where.Eq(membership => membership.Active, true)).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var membership in all.Current)
            {
                yield return MembershipEvents.Settings(membership);
                yield return MembershipEvents.Receipt(membership);
            }
        }
    }

    private static FilterDefinition<Membership> Behind(Guid conversationId, Guid? after) =>
        Where.Gt(membership => membership.Id, Membership.Key(conversationId, after ?? Guid.Empty))
        & Where.Lte(membership => membership.Id, Membership.Key(conversationId, Guid.AllBitsSet));
}

/// <summary>How far somebody has read.</summary>
internal sealed record ReadMark(Guid ConversationId, Guid UserId, long Seq, long Counted);
