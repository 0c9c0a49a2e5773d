using ChatApp.Contracts;
using ChatApp.Notification.Inbox;

namespace ChatApp.Notification.Memberships;

internal sealed record MembershipKey(Guid ConversationId, Guid UserId);

/// <summary>
/// What a conversation is to a person: a copy of what the chat service tells, and the person's inbox entry for its messages. Each part has a number of its own,
/// and the greatest wins. So the parts can be written in any order, by anybody and twice, and end up the same.
/// </summary>
/// <param name="ConversationId">Once more, for the indexes; and so is <paramref name="UserId"/>.</param>
/// <param name="Member">By <see cref="MemberPart.Rev"/>.</param>
/// <param name="Settings">By <see cref="SettingsPart.Version"/>.</param>
/// <param name="Read">How far the conversation is read, by <see cref="MarkPart.Seq"/>.</param>
/// <param name="Seen">How far the notification was marked read, likewise; that does not read the conversation.</param>
/// <param name="Last">What the inbox shows, by <see cref="MessagePart.Seq"/>.</param>
/// <param name="Unread">Follows from the parts, and so does <paramref name="UpdatedAt"/>: when the entry got its message, null where there is none to show.</param>
/// <param name="ChangedAt">When an unread entry last came, changed or went.</param>
internal sealed record Membership(
    MembershipKey Id,
    Guid ConversationId,
    Guid UserId,
    MemberPart? Member,
    SettingsPart? Settings,
    MarkPart? Read,
    MarkPart? Seen,
    MessagePart? Last,
    bool Unread,
    DateTimeOffset? UpdatedAt,
    DateTimeOffset? ChangedAt,
    Guid? Writer)
{
    /// <summary>Up to here nothing is unread for the inbox.</summary>
    public MarkPart? Mark => Seen is { } seen && seen.Seq > (Read?.Seq ?? 0) ? seen : Read;

    /// <summary>The entry as it is now. One that can't be shown any more, since the person is no member, is told as read.</summary>
    public InboxEntry ToEntry() => new(
        UserId,
        ConversationId,
        NotificationKind.Message.Name(),
        Last!.ActorId,
        Last.Title,
        Last.Text,
        ConversationId,
        Unread ? (Mark?.Seq ?? 0) + 1 : null,
        Last.Seq,
        Unread ? Last.Counted - (Mark?.Counted ?? 0) : 0,
        Last.SentAt,
        Unread ? null : Mark?.At ?? Last.SentAt);
}

/// <param name="Active">False for who is no member any more.</param>
/// <param name="Rev">The change number of the system message that made it so.</param>
internal sealed record MemberPart(string Role, bool Active, long Rev);

internal sealed record SettingsPart(DateTimeOffset? MutedUntil, long Version);

/// <param name="Counted">How many messages count up to there.</param>
internal sealed record MarkPart(long Seq, long Counted, DateTimeOffset At);

/// <param name="Rev">The conversation's change number: a message from before the person became a member is none of his.</param>
internal sealed record MessagePart(long Seq, long Rev, long Counted, Guid ActorId, string Title, string? Text, DateTimeOffset SentAt);
