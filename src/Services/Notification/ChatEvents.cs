using ChatApp.Contracts;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification;

/// <summary>A message tells the members of its conversation; reading the conversation reads what told of it.</summary>
internal static class ChatEvents
{
    /// <summary>Every batch costs the same few commands, and an inbox entry that changes ten times in a second is written once.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public static void MapChatEvents(this WebApplication app)
    {
        app.MapEvents(MessageSent.Topic)
            .Read<MessageSent>()
            .InBatches(app.Services.GetRequiredService<MessageNotifier>().HandleAsync, Interval);
        app.MapEvents(ReceiptUpdated.Topic)
            .Read<ReceiptUpdated>()
            .Read<MembershipChanged>()
            .InBatches(app.Services.GetRequiredService<MembershipStore>().HandleAsync, Interval);
    }
}
