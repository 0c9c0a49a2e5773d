using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>
/// What the gateway hears, through a subscription of each replica's own that begins at the newest event: only what happens from now on is of interest to a
/// live stream. A handler never waits for a client.
/// </summary>
internal sealed class EventFeed(LiveStreams streams, RevokedSessions revoked)
{
    private const string PubSub = "realtime";

    public static void Map(WebApplication app)
    {
        var feed = app.Services.GetRequiredService<EventFeed>();
        app.MapEvents(MessageSent.Topic, PubSub).On<MessageSent>(feed.Message).On<ReceiptUpdated>(feed.Receipt);
        app.MapEvents(ConversationCreated.Topic, PubSub).On<ConversationCreated>(feed.Conversation).On<MembershipChanged>(feed.Membership);
        app.MapEvents(NotificationCreated.Topic, PubSub).On<NotificationCreated>(feed.Notification).On<NotificationsRead>(feed.ReadNotifications);
        app.MapEvents(SessionRevoked.Topic, PubSub).On<SessionRevoked>(feed.Revoked);
    }

    private Task Message(Received<MessageSent> received, CancellationToken ct)
    {
        var e = received.Event;
        var message = new LiveMessage(e.ConversationId, e.Seq, e.Rev, e.SenderId, e.ClientMessageId, e.Text, e.SentAt);
        streams.Send(received.Id, "message", message, StreamJson.Default.LiveMessage, e.MemberIds);
        return Task.CompletedTask;
    }

    private Task Receipt(Received<ReceiptUpdated> received, CancellationToken ct)
    {
        var e = received.Event;
        var receipt = new LiveReceipt(e.ConversationId, e.UserId, e.ReadSeq, e.ReadAt);
        streams.Send(received.Id, "receipt", receipt, StreamJson.Default.LiveReceipt, e.MemberIds);
        return Task.CompletedTask;
    }

    private Task Conversation(Received<ConversationCreated> received, CancellationToken ct)
    {
        var e = received.Event;
        var conversation = new LiveConversation(e.ConversationId, e.Kind, e.Title, e.CreatedBy, e.MemberIds, e.CreatedAt);
        streams.Send(received.Id, "conversation", conversation, StreamJson.Default.LiveConversation, e.MemberIds);
        return Task.CompletedTask;
    }

    private Task Membership(Received<MembershipChanged> received, CancellationToken ct)
    {
        var e = received.Event;
        var membership = new LiveMembership(e.ConversationId, e.UserId, e.Role, e.Active, e.MutedUntil, e.Version, e.ChangedAt);
        streams.Send(received.Id, "membership", membership, StreamJson.Default.LiveMembership, e.UserId);
        return Task.CompletedTask;
    }

    private Task Notification(Received<NotificationCreated> received, CancellationToken ct)
    {
        var e = received.Event;
        var notification = new LiveNotification(e.NotificationId, e.Kind, e.ActorId, e.Title, e.Text, e.ConversationId, e.Seq, e.CreatedAt);
        streams.Send(received.Id, "notification", notification, StreamJson.Default.LiveNotification, e.UserId);
        return Task.CompletedTask;
    }

    private Task ReadNotifications(Received<NotificationsRead> received, CancellationToken ct)
    {
        var e = received.Event;
        var read = new LiveNotificationsRead(e.NotificationId, e.ReadAt);
        streams.Send(received.Id, "notifications_read", read, StreamJson.Default.LiveNotificationsRead, e.UserId);
        return Task.CompletedTask;
    }

    private Task Revoked(Received<SessionRevoked> received, CancellationToken ct)
    {
        revoked.Add(received.Event.SessionId);
        streams.EndSession(received.Event.UserId, received.Event.SessionId);
        return Task.CompletedTask;
    }
}
