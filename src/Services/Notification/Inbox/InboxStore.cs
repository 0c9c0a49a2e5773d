using ChatApp.Contracts;
using ChatApp.Notification.Memberships;

namespace ChatApp.Notification.Inbox;

/// <summary>A user's inbox: an entry for the messages of each conversation, and the notifications that are entries of their own.</summary>
internal sealed class InboxStore(MembershipStore memberships, NotificationStore notifications, TimeProvider time)
{
    /// <summary>What is older is not shown. Notifications are deleted then; what a conversation is to a person stays.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromDays(90);

    private DateTimeOffset Oldest => time.GetUtcNow() - MaxAge;

    /// <summary>A page, newest first.</summary>
    public async Task<NotificationPage> PageAsync(Guid userId, InboxCursor? before, int limit, CancellationToken ct)
    {
        // One more than asked for tells whether there is a page behind this one; either kind may fill it alone.
        var (ofMessages, others) = (memberships.PageAsync(userId, Oldest, before, limit + 1, ct), notifications.PageAsync(userId, before, limit + 1, ct));
        await Task.WhenAll(ofMessages, others);

        InboxEntry[] found =
        [
            .. (await ofMessages).Select(stored => stored.ToEntry()).Concat((await others).Select(stored => stored.ToEntry()))
                .OrderByDescending(entry => entry.UpdatedAt).ThenByDescending(entry => entry.NotificationId),
        ];
        var page = found.Take(limit).ToArray();
        return new NotificationPage(
            [.. page.Select(NotificationView.Of)],
            found.Length > limit ? new InboxCursor(page[^1].UpdatedAt, page[^1].NotificationId).ToString() : null);
    }

    public async Task<long> CountUnreadAsync(Guid userId, CancellationToken ct)
    {
        var counts = await Task.WhenAll(memberships.CountUnreadAsync(userId, Oldest, ct), notifications.CountUnreadAsync(userId, ct));
        return counts.Sum();
    }

    /// <param name="id">A notification, or the conversation whose messages an entry tells of.</param>
    /// <returns>False when this user has no such entry.</returns>
    public async Task<bool> MarkReadAsync(Guid userId, Guid id, CancellationToken ct) =>
        await memberships.MarkSeenAsync(userId, id, time.GetUtcNow(), ct) || await notifications.MarkReadAsync(userId, id, time.GetUtcNow(), ct);

    /// <summary>Marks everything that the inbox holds now.</summary>
    public Task MarkAllReadAsync(Guid userId, CancellationToken ct) => Task.WhenAll(
        memberships.MarkAllSeenAsync(userId, time.GetUtcNow(), ct), notifications.MarkAllReadAsync(userId, time.GetUtcNow(), ct));
}
