using ChatApp.Platform.Messaging;
using MongoDB.Driver;

namespace ChatApp.Notification.Inbox;

/// <summary>Notifications that are entries of their own: all but those of messages.</summary>
internal sealed class NotificationStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "notifications";

    private static readonly FilterDefinitionBuilder<StoredNotification> Where = Builders<StoredNotification>.Filter;
    private static readonly SortDefinition<StoredNotification> NewestFirst =
        Builders<StoredNotification>.Sort.Descending(stored => stored.UpdatedAt).Descending(stored => stored.Id);

    private readonly IMongoCollection<StoredNotification> _notifications = db.GetCollection<StoredNotification>(Collection);

    /// <summary>Stores it, unless it is there, and tells of it.</summary>
    public async Task AddAsync(StoredNotification notification, CancellationToken ct)
    {
        using var change = outbox.Begin();
        var added = notification with { ChangedAt = change.At, Writer = change.Writer };
        try
        {
            await _notifications.InsertOneAsync(added, cancellationToken: ct);
            Announce([added], change);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // An earlier delivery stored it. Should that have died before it told of it, the checkpoint leads to it.
        }

        change.Complete();
    }

    public static void Announce(IReadOnlyList<StoredNotification> changed, Change change) => change.Tell(changed.Select(stored => stored.ToEntry()));

    /// <summary>A user's notifications, newest first.</summary>
    public async Task<IReadOnlyList<StoredNotification>> PageAsync(Guid userId, InboxCursor? before, int limit, CancellationToken ct)
    {
        var filter = Where.Eq(stored => stored.UserId, userId);
        if (before is { } last)
        {
            filter &= Where.Lte(stored => stored.UpdatedAt, last.At)
                & (Where.Lt(stored => stored.UpdatedAt, last.At) | Where.Lt(stored => stored.Id, new NotificationKey(userId, last.Id)));
        }

        return await _notifications.Find(filter).Sort(NewestFirst).Limit(limit).ToListAsync(ct);
    }

    public Task<long> CountUnreadAsync(Guid userId, CancellationToken ct) => _notifications.CountDocumentsAsync(Unread(userId), cancellationToken: ct);

    /// <returns>False when this user has no such notification.</returns>
    public async Task<bool> MarkReadAsync(Guid userId, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        if (await _notifications.Find(Where.Eq(stored => stored.Id, new NotificationKey(userId, id))).FirstOrDefaultAsync(ct) is not { } found)
            return false;

        await MarkReadAsync(found.Unread ? [found] : [], now, ct);
        return true;
    }

    /// <summary>Marks what is unread now.</summary>
    public async Task MarkAllReadAsync(Guid userId, DateTimeOffset now, CancellationToken ct) =>
        await MarkReadAsync(await _notifications.Find(Unread(userId)).ToListAsync(ct), now, ct);

    private async Task MarkReadAsync(List<StoredNotification> unread, DateTimeOffset now, CancellationToken ct)
    {
        if (unread.Count == 0)
            return;

        using var change = outbox.Begin();
        var read = Builders<StoredNotification>.Update
            .Set(stored => stored.Unread, false)
            .Set(stored => stored.ReadAt, now)
            .Set(stored => stored.ChangedAt, change.At)
            .Set(stored => stored.Writer, change.Writer);
        await _notifications.BulkWriteAsync(
            unread.Select(one => new UpdateOneModel<StoredNotification>(Where.Eq(stored => stored.Id, one.Id) & Where.Eq(stored => stored.Unread, true), read)),
            new BulkWriteOptions { IsOrdered = false },
            ct);
        Announce([.. unread.Select(one => one with { Unread = false, ReadAt = now })], change);
        change.Complete();
    }

    /// <summary>The partial index of the unread ones: <c>unread: true</c> must be in every filter that is to use it.</summary>
    private static FilterDefinition<StoredNotification> Unread(Guid userId) => Where.Eq(stored => stored.UserId, userId) & Where.Eq(stored => stored.Unread, true);
}
