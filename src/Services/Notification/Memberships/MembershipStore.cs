using ChatApp.Contracts;
using ChatApp.Notification.Inbox;
using ChatApp.Platform.Messaging;
using MongoDB.Driver;

namespace ChatApp.Notification.Memberships;

/// <summary>What conversations are to people.</summary>
internal sealed class MembershipStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "memberships";

    private static readonly FilterDefinitionBuilder<Membership> Where = Builders<Membership>.Filter;
    private static readonly SortDefinition<Membership> NewestFirst =
        Builders<Membership>.Sort.Descending(stored => stored.UpdatedAt).Descending(stored => stored.ConversationId);

    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(Collection);

    /// <summary>How far people have read, and what they muted.</summary>
    public async Task HandleAsync(IReadOnlyList<Received> batch, CancellationToken ct)
    {
        using var change = outbox.Begin();
        await WriteAsync(batch.Select(PatchOf), change, ct);
        await TellAsync(change, ct);
        change.Complete();
    }

    /// <summary>Takes over what is newer.</summary>
    public Task WriteAsync(IEnumerable<MembershipPatch> patches, Change change, CancellationToken ct) => _memberships.WriteAsync(
        [
            .. patches.GroupBy(patch => patch.Key).Select(same => same.Aggregate((one, other) => one.With(other)))
                .OrderBy(patch => patch.Key.ConversationId).ThenBy(patch => patch.Key.UserId)
                .Select(patch => patch.ToUpdate(change)),
        ],
        ct);

    /// <summary>Tells of the inbox entries that changed by this change, as they are now: what others have written meanwhile is in them, too.</summary>
    public async Task TellAsync(Change change, CancellationToken ct) => Announce(
        await _memberships.Find(Where.Eq(stored => stored.ChangedAt, change.At) & Where.Eq(stored => stored.Writer, change.Writer)).ToListAsync(ct), change);

    public static void Announce(IReadOnlyList<Membership> changed, Change change) => change.Tell(changed.Select(stored => stored.ToEntry()));

    /// <summary>The members of these conversations.</summary>
    public async Task<IReadOnlyList<Membership>> OfAsync(IEnumerable<Guid> conversationIds, CancellationToken ct) =>
        await _memberships.Find(Where.In(stored => stored.ConversationId, conversationIds) & Where.Eq(stored => stored.Member!.Active, true)).ToListAsync(ct);

    /// <summary>A user's entries, those with the newest message first.</summary>
    public async Task<IReadOnlyList<Membership>> PageAsync(Guid userId, DateTimeOffset since, InboxCursor? before, int limit, CancellationToken ct)
    {
        var filter = Where.Eq(stored => stored.UserId, userId) & Where.Gt(stored => stored.UpdatedAt, since);
        if (before is { } last)
        {
            filter &= Where.Lte(stored => stored.UpdatedAt, last.At)
                & (Where.Lt(stored => stored.UpdatedAt, last.At) | Where.Lt(stored => stored.ConversationId, last.Id));
        }

        return await _memberships.Find(filter).Sort(NewestFirst).Limit(limit).ToListAsync(ct);
    }

    public Task<long> CountUnreadAsync(Guid userId, DateTimeOffset since, CancellationToken ct) =>
        _memberships.CountDocumentsAsync(Unread(userId) & Where.Gt(stored => stored.UpdatedAt, since), cancellationToken: ct);

    /// <returns>False when this user has no such entry.</returns>
    public async Task<bool> MarkSeenAsync(Guid userId, Guid conversationId, DateTimeOffset now, CancellationToken ct)
    {
        var key = new MembershipKey(conversationId, userId);
        if (await _memberships.Find(Where.Eq(stored => stored.Id, key)).FirstOrDefaultAsync(ct) is not { UpdatedAt: not null } found)
            return false;

        await MarkSeenAsync(found.Unread ? [found] : [], now, ct);
        return true;
    }

    /// <summary>Marks what is unread now.</summary>
    public async Task MarkAllSeenAsync(Guid userId, DateTimeOffset now, CancellationToken ct) =>
        await MarkSeenAsync(await _memberships.Find(Unread(userId)).ToListAsync(ct), now, ct);

    private async Task MarkSeenAsync(List<Membership> unread, DateTimeOffset now, CancellationToken ct)
    {
        if (unread.Count == 0)
            return;

        using var change = outbox.Begin();
        await WriteAsync(unread.Select(entry => new MembershipPatch(entry.Id) { Seen = new MarkPart(entry.Last!.Seq, entry.Last.Counted, now) }), change, ct);
        await TellAsync(change, ct);
        change.Complete();
    }

    /// <summary>The partial index of the unread ones: <c>unread: true</c> must be in every filter that is to use it.</summary>
    private static FilterDefinition<Membership> Unread(Guid userId) => Where.Eq(stored => stored.UserId, userId) & Where.Eq(stored => stored.Unread, true);

    private static MembershipPatch PatchOf(Received received) => received switch
    {
        Received<ReceiptUpdated> { Event: var read } => new MembershipPatch(new MembershipKey(read.ConversationId, read.UserId))
        {
            Read = new MarkPart(read.ReadSeq, read.ReadCounted, read.ReadAt),
        },
        Received<MembershipChanged> { Event: var changed } => new MembershipPatch(new MembershipKey(changed.ConversationId, changed.UserId))
        {
            Settings = new SettingsPart(changed.MutedUntil, changed.Version),
        },
        _ => throw new ArgumentException($"{received.GetType()} says nothing of a membership.", nameof(received)),
    };
}
