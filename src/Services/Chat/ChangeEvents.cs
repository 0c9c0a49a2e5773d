using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat;

/// <summary>Which documents are events, also when a crash has left them unpublished.</summary>
internal static class ChangeEvents
{
    /// <summary>
    /// A request to the sidecar, and a delivery to each subscriber, costs as much for ten messages as for one. So who writes now and then is heard at once, and
    /// of many messages those of 30 ms go together.
    /// </summary>
    private static readonly Pace Messages = new(TimeSpan.FromMilliseconds(30), Burst: 3);

    /// <summary>Marks and settings of a person in a conversation are told at most once in this time.</summary>
    private static readonly Pace Receipts = new(TimeSpan.FromSeconds(1));

    public static void UseChangeEvents(this WebApplication app)
    {
        var outbox = app.Services.GetRequiredService<MongoOutbox>();
        outbox.Announce<StoredMessage>(MessageStore.Collection, app.Services.GetRequiredService<MessageLog>().Announce);
        outbox.Announce<Membership>(MembershipStore.Collection, MembershipEvents.Announce);
        outbox.Pace(MessageSent.Topic, Messages);
        outbox.Pace(ReceiptUpdated.Topic, Receipts);
    }
}
