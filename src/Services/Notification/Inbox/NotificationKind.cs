using System.Text.Json;

namespace ChatApp.Notification.Inbox;

/// <summary>What a notification is about. Users switch each kind on and off by itself.</summary>
internal enum NotificationKind
{
    Message,
    FriendRequest,
    FriendAccepted,
}

internal static class NotificationKinds
{
    /// <summary>The kind as clients and other services read it: <c>friend_request</c>.</summary>
    public static string Name(this NotificationKind kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());
}
