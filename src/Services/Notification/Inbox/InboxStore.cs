using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Inbox;

internal sealed class InboxStore(IMongoDatabase db, MongoOutbox outbox)
{
    public const string Collection = "notifications";

    private static readonly FilterDefinitionBuilder<InboxItem> Filter = Builders<InboxItem>.Filter;

    private readonly IMongoCollection<InboxItem> _items = db.GetCollection<InboxItem>(Collection);

    /// <summary>Stores what is not there yet, and announces it.</summary>
    public async Task AddAsync(IReadOnlyList<InboxItem> items, CancellationToken ct)
    {
        if (items.Count == 0)
            return;

        HashSet<int> known = [];
        try
        {
            await _items.InsertManyAsync(items, new InsertManyOptions { IsOrdered = false }, ct);
        }
        catch (MongoBulkWriteException<InboxItem> exception)
            when (exception.WriteConcernError is null && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            // An earlier delivery stored these. Should it have died before it published them, their events are in the documents and the sweep finds them.
            known = [.. exception.WriteErrors.Select(error => error.Index)];
        }

        foreach (var (index, item) in items.Index())
        {
            if (!known.Contains(index))
                outbox.Written(Collection, item.Id.ToBsonDocument(), [.. item.Outbox!]);
        }
    }

    /// <summary>A page of a user's inbox, newest first.</summary>
    public async Task<NotificationPage> PageAsync(Guid userId, Guid? before, int limit, CancellationToken ct)
    {
        var range = Filter.Gte(item => item.Id, new InboxKey(userId, Guid.Empty)) & Filter.Lt(item => item.Id, new InboxKey(userId, before ?? Guid.AllBitsSet));

        // One more than asked for tells whether there is a page behind this one.
        var items = await _items.Find(range).SortByDescending(item => item.Id).Limit(limit + 1).ToListAsync(ct);
        return new NotificationPage(
            [.. items.Take(limit).Select(NotificationView.Of)],
            items.Count > limit ? items[limit - 1].Id.NotificationId : null);
    }

    public Task<long> CountUnreadAsync(Guid userId, CancellationToken ct) => _items.CountDocumentsAsync(Unread(userId), cancellationToken: ct);

    /// <returns>False when this user has no such notification.</returns>
    public async Task<bool> MarkReadAsync(Guid userId, Guid id, DateTimeOffset now, CancellationToken ct)
    {
        var key = new InboxKey(userId, id);
        return await TryMarkReadAsync(key, new NotificationsRead(userId, id, now), now, ct)
            || await _items.Find(Filter.Eq(item => item.Id, key)).AnyAsync(ct);
    }

    /// <summary>Marks everything that the user's inbox holds now.</summary>
    public async Task MarkAllReadAsync(Guid userId, DateTimeOffset now, CancellationToken ct)
    {
        var newest = await _items.Find(Unread(userId)).SortByDescending(item => item.Id).FirstOrDefaultAsync(ct);
        if (newest is null)
            return;

        // The newest goes last and carries the event: the event is there only when what it says has happened.
        await _items.UpdateManyAsync(Unread(userId) & Filter.Lt(item => item.Id, newest.Id), Read(now), cancellationToken: ct);
        await TryMarkReadAsync(newest.Id, new NotificationsRead(userId, null, now), now, ct);
    }

    /// <summary>Marks what tells of messages that the user has read in the conversation itself.</summary>
    public Task MarkConversationReadAsync(Guid userId, Guid conversationId, long readSeq, DateTimeOffset readAt, CancellationToken ct) =>
        _items.UpdateManyAsync(
            Unread(userId) & Filter.Eq(item => item.ConversationId, conversationId) & Filter.Lte(item => item.Seq, readSeq),
            Read(readAt),
            cancellationToken: ct);

    /// <returns>False when it was read before, or is not there.</returns>
    private async Task<bool> TryMarkReadAsync(InboxKey key, NotificationsRead read, DateTimeOffset now, CancellationToken ct)
    {
        var announced = OutboxEvent.From(read, now);
        var result = await _items.UpdateOneAsync(
            Filter.Eq(item => item.Id, key) & Filter.Eq(item => item.Unread, true), Read(now).Push(item => item.Outbox, announced), cancellationToken: ct);
        if (result.ModifiedCount == 0)
            return false;

        outbox.Written(Collection, key.ToBsonDocument(), announced);
        return true;
    }

    /// <summary>Begins like the partial index of unread ones: <c>unread: true</c> must be in every filter that is to use it.</summary>
    private static FilterDefinition<InboxItem> Unread(Guid userId) => Filter.Eq(item => item.UserId, userId) & Filter.Eq(item => item.Unread, true);

    private static UpdateDefinition<InboxItem> Read(DateTimeOffset at) =>
        Builders<InboxItem>.Update.Set(item => item.Unread, false).Set(item => item.ReadAt, at);
}
