using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification.Inbox;

/// <summary>A user's notifications lie side by side in the order of their ids, so that a page is one range of the collection's own key.</summary>
internal sealed record InboxKey(Guid UserId, Guid NotificationId);

/// <summary>A notification as it is stored.</summary>
/// <param name="UserId">Once more, for the indexes.</param>
/// <param name="Seq">Which message of the conversation, for a message.</param>
internal sealed record InboxItem(
    InboxKey Id,
    Guid UserId,
    NotificationKind Kind,
    Guid ActorId,
    string Title,
    string? Text,
    Guid? ConversationId,
    long? Seq,
    DateTimeOffset CreatedAt,
    bool Unread,
    DateTimeOffset? ReadAt,
    IReadOnlyList<OutboxEvent>? Outbox)
{
    /// <summary>A new one, with the event that announces it.</summary>
    /// <param name="eventId">The event that it tells of.</param>
    /// <param name="happenedAt">When that happened.</param>
    /// <param name="now">When the announcement goes out.</param>
    public static InboxItem Of(
        Guid eventId, Guid userId, NotificationKind kind, Guid actorId, Wording wording, DateTimeOffset happenedAt, DateTimeOffset now, MessageSent? message = null)
    {
        var id = NotificationId.Of(eventId, userId, happenedAt);
        var created = new NotificationCreated(
            id, userId, kind.Name(), actorId, wording.Title, wording.Text, message?.ConversationId, message?.Seq, happenedAt);
        return new InboxItem(
            new InboxKey(userId, id),
            userId,
            kind,
            actorId,
            wording.Title,
            wording.Text,
            message?.ConversationId,
            message?.Seq,
            happenedAt,
            Unread: true,
            ReadAt: null,
            Outbox: [OutboxEvent.From(created, now)]);
    }
}

/// <summary>A notification as its user reads it.</summary>
/// <param name="Kind"><c>message</c>, <c>friend_request</c> or <c>friend_accepted</c>.</param>
/// <param name="ActorId">Who wrote, asked or accepted.</param>
/// <param name="ReadAt">Null while it is unread.</param>
internal sealed record NotificationView(
    Guid Id, string Kind, Guid ActorId, string Title, string? Text, Guid? ConversationId, long? Seq, DateTimeOffset CreatedAt, DateTimeOffset? ReadAt)
{
    public static NotificationView Of(InboxItem item) =>
        new(item.Id.NotificationId, item.Kind.Name(), item.ActorId, item.Title, item.Text, item.ConversationId, item.Seq, item.CreatedAt, item.ReadAt);
}

/// <param name="Next">What to pass as <c>before</c> for the page behind this one; null on the last.</param>
internal sealed record NotificationPage(IReadOnlyList<NotificationView> Items, Guid? Next);

internal sealed record UnreadCount(long Count);
