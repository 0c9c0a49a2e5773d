using System.Text.Json;

namespace ChatApp.Gateway.Home;

/// <summary>All that a client shows first, in one answer. A part that could not be had is null, and its service is named in <paramref name="Partial"/>.</summary>
/// <param name="Me">As <c>GET /api/me</c> answers.</param>
/// <param name="Conversations">As <c>GET /api/conversations</c> answers, the newest 20.</param>
/// <param name="Notifications">As <c>GET /api/notifications</c> answers, the 20 that changed last, with <c>count</c>, <c>firstSeq</c> and <c>lastSeq</c>.</param>
/// <param name="Partial">Services that were down, too slow or failing.</param>
internal sealed record HomeScreen(
    JsonElement? Me, JsonElement? Conversations, UnreadCounts Unread, JsonElement? Notifications, IReadOnlyList<string> Partial);

/// <summary>Counts for badges; null where the service did not answer.</summary>
/// <param name="Messages">Unread messages in the conversations shown.</param>
/// <param name="Conversations">How many of the conversations shown have unread messages.</param>
/// <param name="Notifications">All unread entries of the inbox: a conversation's messages are one.</param>
internal sealed record UnreadCounts(long? Messages, int? Conversations, long? Notifications)
{
    public static UnreadCounts Of(JsonElement? conversations, JsonElement? notifications)
    {
        long? unreadNotifications = notifications is { } counted ? counted.GetProperty("count").GetInt64() : null;
        if (conversations is not { } page)
            return new(null, null, unreadNotifications);

        var unread = page.GetProperty("items").EnumerateArray().Select(conversation => conversation.GetProperty("unread").GetInt64()).ToArray();
        return new(unread.Sum(), unread.Count(count => count > 0), unreadNotifications);
    }
}
