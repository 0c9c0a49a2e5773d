using ChatApp.Contracts;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification;

/// <summary>A message tells the members of its conversation; reading the conversation reads what told of it.</summary>
internal static class ChatEvents
{
    public static void MapChatEvents(this WebApplication app)
    {
        app.MapEvents(MessageSent.Topic, Batching.Later)
            .Read<MessageSent>()
            .InBatches(app.Services.GetRequiredService<MessageNotifier>().HandleAsync);
        app.MapEvents(ReceiptUpdated.Topic, Batching.Later)
            .Read<ReceiptUpdated>()
            .Read<MembershipChanged>()
            .InBatches(app.Services.GetRequiredService<MembershipStore>().HandleAsync);
    }
}
