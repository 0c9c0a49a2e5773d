using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>Shows what changed in inboxes: one frame for each person online here, whatever the batch has.</summary>
internal sealed class InboxFeed(LiveStreams streams)
{
    private readonly RecentIds _seen = new(capacity: 512);

    public void Show(IEnumerable<Received> batch)
    {
        var entries = batch.OfType<Received<InboxChanged>>()
            .Where(received => _seen.TryAdd(received.Id))
            .SelectMany(received => received.Event.Entries)
            .Where(entry => streams.Find(entry.UserId) is not null);
        foreach (var inbox in entries.GroupBy(entry => entry.UserId))
        {
            var newest = inbox.GroupBy(entry => entry.NotificationId).Select(versions => View(versions.MaxBy(entry => entry.UpdatedAt)!));
            var frame = Frame.Of("notifications"u8, new LiveNotifications([.. newest]), StreamJson.Default.LiveNotifications);
            streams.Find(inbox.Key)?.Send(frame);
        }
    }

    private static LiveNotification View(InboxEntry entry) => new(
        entry.NotificationId,
        entry.Kind,
        entry.ActorId,
        entry.Title,
        entry.Text,
        entry.ConversationId,
        entry.FirstSeq,
        entry.LastSeq,
        entry.Count,
        entry.UpdatedAt,
        entry.ReadAt);
}
