using ChatApp.Contracts;

namespace ChatApp.Notification.Inbox;

/// <summary>The ids of a user's notifications sort by the time of what happened.</summary>
internal sealed record NotificationKey(Guid UserId, Guid NotificationId);

/// <summary>A notification that is an entry of its own.</summary>
/// <param name="UserId">Once more, for the indexes.</param>
/// <param name="UpdatedAt">When it happened.</param>
internal sealed record StoredNotification(
    NotificationKey Id,
    Guid UserId,
    NotificationKind Kind,
    Guid ActorId,
    string Title,
    string? Text,
    DateTimeOffset UpdatedAt,
    bool Unread,
    DateTimeOffset? ReadAt,
    DateTimeOffset? ChangedAt,
    Guid? Writer)
{
    /// <param name="eventId">The event that it tells of.</param>
    /// <param name="happenedAt">When that happened.</param>
    public static StoredNotification Of(Guid eventId, Guid userId, NotificationKind kind, Guid actorId, Wording wording, DateTimeOffset happenedAt) => new(
        new NotificationKey(userId, NotificationId.Of(eventId, userId, happenedAt)),
        userId,
        kind,
        actorId,
        wording.Title,
        wording.Text,
        happenedAt,
        Unread: true,
        ReadAt: null,
        ChangedAt: null,
        Writer: null);

    public InboxEntry ToEntry() => new(
        UserId,
        Id.NotificationId,
        Kind.Name(),
        ActorId,
        Title,
        Text,
        ConversationId: null,
        FirstSeq: null,
        LastSeq: null,
        Unread ? 1 : 0,
        UpdatedAt,
        ReadAt);
}
