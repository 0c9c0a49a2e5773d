using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification;

internal static class ChatEventRoutes
{
    public static void MapChatEvents(this WebApplication app)
    {
        var events = app.Services.GetRequiredService<ChatEvents>();
        app.MapEvents(MessageSent.Topic).On<MessageSent>(events.HandleAsync).On<ReceiptUpdated>(events.HandleAsync);
        app.MapEvents(MembershipChanged.Topic).On<MembershipChanged>(app.Services.GetRequiredService<MembershipStore>().HandleAsync);
    }
}

/// <summary>A message tells the members of its conversation; reading the conversation reads what told of it.</summary>
internal sealed class ChatEvents(InboxStore inbox, MembershipStore memberships, Recipients recipients, UserDirectory users, TimeProvider time)
{
    /// <summary>The same number of reads however many members there are, side by side, and one write.</summary>
    public async Task HandleAsync(Received<MessageSent> received, CancellationToken ct)
    {
        var sent = received.Event;
        Guid[] others = [.. sent.MemberIds.Where(id => id != sent.SenderId).Distinct()];
        if (others.Length == 0)
            return;

        var wanting = recipients.AmongAsync(others, NotificationKind.Message, sent.SenderId, ct);
        var needless = memberships.WhoNeedsNotKnowAsync(sent, others, ct);
        var sender = users.NameOfAsync(sent.SenderId, ct);
        await Task.WhenAll(wanting, needless, sender);

        var wording = Wording.OfMessage(sent, await sender);
        var now = time.GetUtcNow();
        await inbox.AddAsync(
            [
                .. (await wanting).Except(await needless).Select(userId => InboxItem.Of(
                    received.Id, userId, NotificationKind.Message, sent.SenderId, wording, sent.SentAt, now, sent)),
            ],
            ct);
    }

    public async Task HandleAsync(Received<ReceiptUpdated> received, CancellationToken ct)
    {
        await memberships.HandleAsync(received, ct);
        var read = received.Event;
        await inbox.MarkConversationReadAsync(read.UserId, read.ConversationId, read.ReadSeq, read.ReadAt, ct);
    }
}
