using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>
/// What the gateway hears, through a subscription of each replica's own: only what happens from now on is of interest to a live stream. A handler never
/// waits for a client.
/// </summary>
internal sealed class EventFeed(LiveStreams streams, RevokedSessions revoked, TimeProvider time)
{
    private const string PubSub = "realtime";

    /// <summary>For clocks that differ, and for an envelope's whole seconds.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _from = time.GetUtcNow() - Tolerance;

    public static void Map(WebApplication app)
    {
        var feed = app.Services.GetRequiredService<EventFeed>();
        app.MapEvents(MessageSent.Topic, PubSub).On(feed.Live<MessageSent>(feed.Message)).On(feed.Live<ReceiptUpdated>(feed.Receipt));
        app.MapEvents(ConversationCreated.Topic, PubSub).On(feed.Live<ConversationCreated>(feed.Conversation)).On(feed.Live<MembershipChanged>(feed.Membership));
        app.MapEvents(NotificationCreated.Topic, PubSub).On(feed.Live<NotificationCreated>(feed.Notification)).On(feed.Live<NotificationsRead>(feed.ReadNotifications));
        app.MapEvents(SessionRevoked.Topic, PubSub).On<SessionRevoked>(feed.Revoked);
    }

    /// <summary>
    /// A broker may hand a new subscriber all that it still has. What was published before this replica started is no news: whoever opened a stream here has
    /// synchronised since.
    /// </summary>
    private Func<Received<T>, CancellationToken, Task> Live<T>(Func<Received<T>, CancellationToken, Task> show)
        where T : IEvent => (received, ct) => received.PublishedAt < _from ? Task.CompletedTask : show(received, ct);

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

    // However old: a token of that session may still be good.
    private Task Revoked(Received<SessionRevoked> received, CancellationToken ct)
    {
        revoked.Add(received.Event.SessionId);
        streams.EndSession(received.Event.UserId, received.Event.SessionId);
        return Task.CompletedTask;
    }
}
