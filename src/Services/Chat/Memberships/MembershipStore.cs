using System.Runtime.CompilerServices;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
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

    /// <summary>Takes changes of members over from the log, unless what is there is newer. Who joins has nothing unread.</summary>
    public Task ApplyAsync(IReadOnlyList<StoredMessage> changes, CancellationToken ct) => WriteAsync(
        [
            .. from message in changes
               let members = message.System!.Members
               from member in members
               select Apply(message, member, members),
        ],
        ct);

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
            Announce(changed, change);
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
            Announce(changed, change);
        change.Complete();
    }

    /// <summary>Who sends has read what was there: the marks of the senders move to what they sent.</summary>
    public Task HaveReadAsync(IReadOnlyCollection<ReadMark> marks, CancellationToken ct) => marks.Count == 0 ? Task.CompletedTask : _memberships.BulkWriteAsync(
        marks.Select(mark => new UpdateOneModel<Membership>(
            Where.Eq(membership => membership.Id, Membership.Key(mark.ConversationId, mark.UserId)),
            Change.Max(membership => membership.ReadSeq, mark.Seq).Max(membership => membership.ReadCounted, mark.Counted))),
        new BulkWriteOptions { IsOrdered = false },
        ct);

    /// <summary>A mark beyond the end of the log, which nobody can have read, goes back to it, unless it was moved meanwhile.</summary>
    public Task TakeBackAsync(Membership membership, Tail end, CancellationToken ct) => _memberships.UpdateOneAsync(
        Where.Eq(stored => stored.Id, membership.Id) & Where.Eq(stored => stored.ReadSeq, membership.ReadSeq),
        Change.Set(stored => stored.ReadSeq, end.Seq).Set(stored => stored.ReadCounted, end.Counted),
        cancellationToken: ct);

    /// <summary>Publishes what members marked and set.</summary>
    public static void Announce(IReadOnlyList<Membership> memberships, Change change)
    {
        foreach (var membership in memberships)
            Announce(membership, change);
    }

    /// <summary>What others keep copies of, as the events that would tell of it.</summary>
    public async IAsyncEnumerable<OutboxEvent> StateAsync([EnumeratorCancellation] CancellationToken ct)
    {
        using var all = await _memberships.Find(Where.Eq(membership => membership.Active, true)).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var membership in all.Current)
            {
                yield return Settings(membership);
                yield return Receipt(membership);
            }
        }
    }

    private static void Announce(Membership membership, Change change)
    {
        var name = Convert.ToHexString(membership.Id);
        if (membership.Version > 1)
            change.Publish(Settings(membership), $"settings {name}");
        if (membership.ReadAt is not null)
            change.Publish(Receipt(membership), $"receipt {name}");
    }

    private static OutboxEvent Settings(Membership membership)
    {
        var at = membership.ChangedAt ?? membership.JoinedAt;
        return OutboxEvent.From(
            new MembershipChanged(membership.ConversationId, membership.UserId, membership.MutedUntil, membership.Version, at),
            at,
            OutboxEvent.IdOf(at, membership.UserId, membership.Version));
    }

    private static OutboxEvent Receipt(Membership membership)
    {
        var at = membership.ReadAt ?? membership.JoinedAt;
        return OutboxEvent.From(
            new ReceiptUpdated(membership.ConversationId, membership.UserId, membership.ReadSeq, membership.ReadCounted, at),
            at,
            OutboxEvent.IdOf(at, membership.UserId, membership.ReadSeq));
    }

    private static UpdateOneModel<Membership> Apply(StoredMessage message, MemberChange member, IReadOnlyList<MemberChange> members)
    {
        var change = Change
            .Set(membership => membership.Active, member.Active)
            .Set(membership => membership.Rev, message.Rev)
            .Set(membership => membership.Role, Enum.Parse<Role>(member.Role, ignoreCase: true))
            .SetOnInsert(membership => membership.ConversationId, message.ConversationId)
            .SetOnInsert(membership => membership.UserId, member.UserId)
            .SetOnInsert(membership => membership.Kind, message.System!.Kind)
            .SetOnInsert(membership => membership.Version, 1)
            .Max(membership => membership.ReadSeq, message.Seq)
            .Max(membership => membership.ReadCounted, message.Counted);
        change = member.Active
            ? change.Set(membership => membership.JoinedAt, message.SentAt)
            : change.SetOnInsert(membership => membership.JoinedAt, message.SentAt);
        if (message.System!.Kind is ConversationKind.Direct)
            change = change.SetOnInsert(membership => membership.OtherId, members.Single(other => other.UserId != member.UserId).UserId);
        return new UpdateOneModel<Membership>(
            Where.Eq(membership => membership.Id, Membership.Key(message.ConversationId, member.UserId)) & Where.Not(Where.Gte(membership => membership.Rev, message.Rev)),
            change)
        { IsUpsert = true };
    }

    /// <summary>A duplicate means that what is there is as new, or that another writer was inserting it just now: then the second attempt finds it.</summary>
    private async Task WriteAsync(List<UpdateOneModel<Membership>> changes, CancellationToken ct)
    {
        for (var attempt = 0; changes.Count > 0; attempt++)
        {
            try
            {
                await _memberships.BulkWriteAsync(changes, new BulkWriteOptions { IsOrdered = false }, ct);
                return;
            }
            catch (MongoBulkWriteException<Membership> exception)
                when (exception.WriteErrors.Count > 0 && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
            {
                if (attempt > 0)
                    return;

                changes = [.. exception.WriteErrors.Select(error => changes[error.Index])];
            }
        }
    }

    private static FilterDefinition<Membership> Behind(Guid conversationId, Guid? after) =>
        Where.Gt(membership => membership.Id, Membership.Key(conversationId, after ?? Guid.Empty))
        & Where.Lte(membership => membership.Id, Membership.Key(conversationId, Guid.AllBitsSet));
}

/// <summary>How far somebody has read.</summary>
internal sealed record ReadMark(Guid ConversationId, Guid UserId, long Seq, long Counted);
