using ChatApp.Contracts;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification;

/// <summary>A message tells the members of its conversation; reading the conversation reads what told of it.</summary>
internal static class ChatEvents
{
    /// <summary>The shortest time from one batch to the next: each costs the same few commands, and an inbox entry that changes ten times in it is written once.</summary>
    private const string BatchInterval = "Inbox:BatchInterval";

    public static void MapChatEvents(this WebApplication app)
    {
        var interval = app.Configuration.GetValue(BatchInterval, TimeSpan.FromMilliseconds(200));
        app.MapEvents(MessageSent.Topic)
            .Read<MessageSent>()
            .InBatches(app.Services.GetRequiredService<MessageNotifier>().HandleAsync, interval);
        app.MapEvents(ReceiptUpdated.Topic)
            .Read<ReceiptUpdated>()
            .Read<MembershipChanged>()
            .InBatches(app.Services.GetRequiredService<MembershipStore>().HandleAsync, interval);
    }
}
