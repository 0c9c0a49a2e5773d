using System.Runtime.CompilerServices;
using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>Read marks and mutes. A member's document is made by whichever write comes first, so that none of them has to wait for another.</summary>
internal sealed class MembershipStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "memberships";

    private static readonly FilterDefinitionBuilder<Membership> Where = Builders<Membership>.Filter;
    private static readonly UpdateDefinitionBuilder<Membership> Change = Builders<Membership>.Update;
    private static readonly FindOneAndUpdateOptions<Membership> Changed = new() { ReturnDocument = ReturnDocument.After };

    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(Collection);

    /// <summary>The user's memberships in these conversations; one that nothing was written to yet is absent.</summary>
    public async Task<IReadOnlyDictionary<Guid, Membership>> OfAsync(Guid userId, IEnumerable<Guid> conversationIds, CancellationToken ct)
    {
        var keys = conversationIds.Select(id => Membership.Key(id, userId)).ToArray();
        if (keys.Length == 0)
            return new Dictionary<Guid, Membership>();

        var found = await _memberships.Find(Where.In(membership => membership.Id, keys)).ToListAsync(ct);
        return found.ToDictionary(membership => membership.ConversationId);
    }

    /// <summary>Moves the read mark forward to <paramref name="seq"/> and tells the members; a mark that is there already, or further, stays.</summary>
    public async Task<long> MarkReadAsync(Audience audience, Guid userId, long seq, DateTimeOffset now, CancellationToken ct)
    {
        var key = Membership.Key(audience.ConversationId, userId);
        var stored = OutboxEvent.From(new ReceiptUpdated(audience.ConversationId, userId, seq, audience.MemberIds, now), now);
        while (true)
        {
            var changed = await _memberships.FindOneAndUpdateAsync(
                Where.Eq(membership => membership.Id, key) & Where.Lt(membership => membership.ReadSeq, seq),
                Change.Set(membership => membership.ReadSeq, seq).Push(membership => membership.Outbox, stored),
                Changed,
                ct);
            if (changed is not null)
            {
                outbox.Written(Collection, new BsonBinaryData(key), stored);
                return seq;
            }

            if (await FindAsync(audience.ConversationId, userId, ct) is { } membership)
                return membership.ReadSeq;

            await JoinAsync(audience.ConversationId, [userId], joinedAt: null, ct);
        }
    }

    /// <summary>No notifications until then; null ends a mute.</summary>
    public async Task MuteAsync(Guid conversationId, Guid userId, Role role, DateTimeOffset? until, DateTimeOffset now, CancellationToken ct)
    {
        while (true)
        {
            if (await FindAsync(conversationId, userId, ct) is not { } membership)
            {
                await JoinAsync(conversationId, [userId], joinedAt: null, ct);
                continue;
            }

            if (membership.MutedUntil == until)
                return;

            var version = membership.Version + 1;
            var stored = OutboxEvent.From(
                new MembershipChanged(conversationId, userId, role.ToString().ToLowerInvariant(), Active: true, until, version, now), now);
            var key = Membership.Key(conversationId, userId);
            var result = await _memberships.UpdateOneAsync(
                Where.Eq(membership => membership.Id, key) & Where.Eq(found => found.Version, membership.Version),
                Change.Set(found => found.MutedUntil, until).Set(found => found.Version, version).Push(found => found.Outbox, stored),
                cancellationToken: ct);
            if (result.MatchedCount == 1)
            {
                outbox.Written(Collection, new BsonBinaryData(key), stored);
                return;
            }
        }
    }

    /// <summary>Makes the members' documents, or leaves them as they are.</summary>
    public async Task JoinAsync(Guid conversationId, IEnumerable<Guid> userIds, DateTimeOffset? joinedAt, CancellationToken ct) =>
        await UpsertAsync(
            userIds.Select(userId => New(
                conversationId,
                userId,
                joinedAt is null ? [] : [Change.Set(membership => membership.JoinedAt, joinedAt)],
                Change.SetOnInsert(membership => membership.ReadSeq, 0))),
            ct);

    /// <summary>Who sends has read what was there: the marks of the senders move to what they sent.</summary>
    public async Task HaveReadAsync(Guid conversationId, IEnumerable<KeyValuePair<Guid, long>> seqs, CancellationToken ct) =>
        await UpsertAsync(
            seqs.Select(mark => New(conversationId, mark.Key, [], Change.Max(membership => membership.ReadSeq, mark.Value))),
            ct);

    /// <summary>A mark beyond the end of the log, which nobody can have read, goes back to it, unless it was moved meanwhile.</summary>
    public Task TakeBackAsync(Membership membership, long end, CancellationToken ct) => _memberships.UpdateOneAsync(
        Where.Eq(stored => stored.Id, membership.Id) & Where.Eq(stored => stored.ReadSeq, membership.ReadSeq),
        Change.Set(stored => stored.ReadSeq, end),
        cancellationToken: ct);

    public async Task<IReadOnlyDictionary<Guid, Membership>> InAsync(Guid conversationId, IEnumerable<Guid> userIds, CancellationToken ct)
    {
        var found = await _memberships.Find(Where.In(membership => membership.Id, userIds.Select(userId => Membership.Key(conversationId, userId)))).ToListAsync(ct);
        return found.ToDictionary(membership => membership.UserId);
    }

    /// <summary>What others keep copies of, as the events that would tell of it.</summary>
    public async IAsyncEnumerable<OutboxEvent> StateAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var all = await _memberships.Find(Where.Empty).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var membership in all.Current)
            {
                var at = membership.JoinedAt ?? DateTimeOffset.UnixEpoch;
                yield return OutboxEvent.From(
                    new MembershipChanged(membership.ConversationId, membership.UserId, "member", Active: true, membership.MutedUntil, membership.Version, at), at);
            }
        }
    }

    private async Task<Membership?> FindAsync(Guid conversationId, Guid userId, CancellationToken ct) =>
        await _memberships.Find(Where.Eq(membership => membership.Id, Membership.Key(conversationId, userId))).FirstOrDefaultAsync(ct);

    private static UpdateOneModel<Membership> New(
        Guid conversationId, Guid userId, UpdateDefinition<Membership>[] changes, UpdateDefinition<Membership> mark) => new(
            Where.Eq(membership => membership.Id, Membership.Key(conversationId, userId)),
            Change.Combine([
                .. changes,
                mark,
                Change.SetOnInsert(membership => membership.ConversationId, conversationId),
                Change.SetOnInsert(membership => membership.UserId, userId),
                Change.SetOnInsert(membership => membership.Version, 1),
            ]))
        { IsUpsert = true };

    private async Task UpsertAsync(IEnumerable<UpdateOneModel<Membership>> changes, CancellationToken ct)
    {
        var left = changes.ToArray();
        while (left.Length > 0)
        {
            try
            {
                await _memberships.BulkWriteAsync(left, new BulkWriteOptions { IsOrdered = false }, ct);
                return;
            }
            catch (MongoBulkWriteException<Membership> exception)
                when (exception.WriteErrors.Count > 0 && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
            {
                // Two inserted the same document: for the loser it is there now.
                left = [.. exception.WriteErrors.Select(error => left[error.Index])];
            }
        }
    }
}
