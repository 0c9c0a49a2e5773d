using ChatApp.Contracts;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification.Inbox;

/// <summary>What changed in inboxes goes out for many people at once.</summary>
internal static class InboxEvents
{
    /// <summary>A hundred kilobytes or so.</summary>
    private const int MaxEntries = 200;

    /// <summary>Documents that are told again after a crash.</summary>
    public static void UseInboxEvents(this WebApplication app)
    {
        var outbox = app.Services.GetRequiredService<MongoOutbox>();
        outbox.Announce<Membership>(MembershipStore.Collection, MembershipStore.Announce);
        outbox.Announce<StoredNotification>(NotificationStore.Collection, NotificationStore.Announce);
    }

    public static void Tell(this Change change, IEnumerable<InboxEntry> entries)
    {
        foreach (var some in entries.Chunk(MaxEntries))
            change.Publish(OutboxEvent.From(new InboxChanged(Guid.CreateVersion7(change.At), some), change.At));
    }
}
