using System.Globalization;
using ChatApp.Contracts;

namespace ChatApp.Notification.Inbox;

/// <summary>An entry of the inbox as its user reads it.</summary>
/// <param name="Id">The same for all messages of a conversation: they share one entry.</param>
/// <param name="Kind"><c>message</c>, <c>friend_request</c> or <c>friend_accepted</c>.</param>
/// <param name="ActorId">Who wrote last, asked or accepted.</param>
/// <param name="FirstSeq">The first message that is unread, for messages.</param>
/// <param name="LastSeq">The newest message, for messages.</param>
/// <param name="Count">How many are unread, for messages; else 1 while it is unread.</param>
/// <param name="ReadAt">Null while it is unread.</param>
internal sealed record NotificationView(
    Guid Id,
    string Kind,
    Guid ActorId,
    string Title,
    string? Text,
    Guid? ConversationId,
    long? FirstSeq,
    long? LastSeq,
    long Count,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ReadAt)
{
    public static NotificationView Of(InboxEntry entry) => new(
        entry.NotificationId,
        entry.Kind,
        entry.ActorId,
        entry.Title,
        entry.Text,
        entry.ConversationId,
        entry.FirstSeq,
        entry.LastSeq,
        entry.Count,
        entry.UpdatedAt,
        entry.ReadAt);
}

/// <param name="Next">What to pass as <c>before</c> for the page behind this one; null on the last.</param>
internal sealed record NotificationPage(IReadOnlyList<NotificationView> Items, string? Next);

internal sealed record UnreadCount(long Count);

/// <summary>Where a page of the inbox ended.</summary>
internal readonly record struct InboxCursor(DateTimeOffset At, Guid Id)
{
    public static InboxCursor? Parse(string text) =>
        text.Split('_') is [var at, var id] && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds < 253_402_300_800_000 && Guid.TryParse(id, out var guid)
            ? new InboxCursor(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), guid)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At.ToUnixTimeMilliseconds()}_{Id:N}");
}
