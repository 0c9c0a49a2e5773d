namespace ChatApp.Contracts;

/// <summary>Something waits in a user's inbox.</summary>
/// <param name="Kind"><c>message</c>, <c>friend_request</c> or <c>friend_accepted</c>.</param>
/// <param name="ConversationId">Where it happened, for a message.</param>
/// <param name="Seq">Which message, for a message.</param>
public sealed record NotificationCreated(
    Guid NotificationId,
    Guid UserId,
    string Kind,
    Guid ActorId,
    string Title,
    string? Text,
    Guid? ConversationId,
    long? Seq,
    DateTimeOffset CreatedAt) : IEvent
{
    public static string Topic => "notifications.inbox";
    public static string Type => "notifications.notification.created.v1";
    public string Key => UserId.ToString();
}

/// <summary>A user read one notification, or all of them up to a time.</summary>
/// <param name="NotificationId">The one that was read; null when all were.</param>
public sealed record NotificationsRead(Guid UserId, Guid? NotificationId, DateTimeOffset ReadAt) : IEvent
{
    public static string Topic => "notifications.inbox";
    public static string Type => "notifications.notification.read.v1";
    public string Key => UserId.ToString();
}
