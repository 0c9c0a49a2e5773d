using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat;

/// <summary>Which documents are events, also when a crash has left them unpublished.</summary>
internal static class ChangeEvents
{
    /// <summary>Marks and settings of a person in a conversation are told at most once in this time.</summary>
    private static readonly TimeSpan ReceiptInterval = TimeSpan.FromSeconds(1);

    public static void UseChangeEvents(this WebApplication app)
    {
        var outbox = app.Services.GetRequiredService<MongoOutbox>();
        outbox.Announce<StoredMessage>(MessageStore.Collection, app.Services.GetRequiredService<MessageLog>().Announce);
        outbox.Announce<Membership>(MembershipStore.Collection, MembershipEvents.Announce);
        outbox.Pace(ReceiptUpdated.Topic, ReceiptInterval);
    }
}
