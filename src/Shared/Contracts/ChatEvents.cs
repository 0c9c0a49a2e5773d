using System.Text.Json.Serialization;

namespace ChatApp.Contracts;

/// <summary>What kind of conversation it is.</summary>
public enum ConversationKind
{
    [JsonStringEnumMemberName("direct")]
    Direct,

    [JsonStringEnumMemberName("group")]
    Group,
}

/// <summary>
/// A message took its place in a conversation. The event is the message as clients see it. A change of the members is a message too, so that one stream
/// carries both in one order.
/// </summary>
/// <param name="Seq">Its place: 1, 2, 3, ... without a gap.</param>
/// <param name="Rev">The conversation's change number at this change.</param>
/// <param name="Counted">
/// How many messages that count as unread there are up to and including this one; system messages don't. The difference of two is the number of unread ones.
/// </param>
/// <param name="MemberCount">How many members the conversation has after it.</param>
/// <param name="SenderId">Who wrote it, or made the change. Who writes has read what came before.</param>
/// <param name="Text">Empty for a system message.</param>
/// <param name="System">What happened, when nobody wrote it.</param>
public sealed record MessageSent(
    Guid ConversationId,
    long Seq,
    long Rev,
    long Counted,
    int MemberCount,
    Guid SenderId,
    Guid ClientMessageId,
    string Text,
    DateTimeOffset SentAt,
    SystemMessage? System) : IEvent
{
    public static string Topic => "chat.messages";
    public static string Type => "chat.message.sent.v2";
    public string Key => ConversationId.ToString();
}

/// <summary>A change of a conversation's members, as a message of its log.</summary>
/// <param name="Kind">What kind of conversation it is.</param>
/// <param name="Title">A group's title.</param>
/// <param name="Members">Those whose membership changed, and nobody else: at most 500.</param>
public sealed record SystemMessage(MembersChange Change, ConversationKind Kind, string? Title, IReadOnlyList<MemberChange> Members);

/// <summary>How members changed.</summary>
public enum MembersChange
{
    /// <summary>The conversation began: always its first message.</summary>
    [JsonStringEnumMemberName("created")]
    Created,

    /// <summary>A member brought others in.</summary>
    [JsonStringEnumMemberName("added")]
    Added,

    /// <summary>A member was put out.</summary>
    [JsonStringEnumMemberName("removed")]
    Removed,

    /// <summary>A member went.</summary>
    [JsonStringEnumMemberName("left")]
    Left,
}

/// <summary>What one person is in the conversation now.</summary>
/// <param name="Role"><c>member</c>, <c>admin</c> or <c>owner</c>.</param>
/// <param name="Active">False for who is no member any more.</param>
public sealed record MemberChange(Guid UserId, string Role, bool Active);

/// <summary>
/// A member has read up to <paramref name="ReadSeq"/>; the greatest number wins. At most one is told per person, conversation and second.
/// </summary>
/// <param name="ReadCounted"><see cref="MessageSent.Counted"/> of the message that is read up to.</param>
public sealed record ReceiptUpdated(Guid ConversationId, Guid UserId, long ReadSeq, long ReadCounted, DateTimeOffset ReadAt) : IEvent
{
    public static string Topic => "chat.conversations";
    public static string Type => "chat.receipt.updated.v2";
    public string Key => ConversationId.ToString();
}

/// <summary>A member's own settings for a conversation. The newest <paramref name="Version"/> wins.</summary>
/// <param name="MutedUntil">No notifications before this time; null when not muted.</param>
public sealed record MembershipChanged(
    Guid ConversationId, Guid UserId, DateTimeOffset? MutedUntil, long Version, DateTimeOffset ChangedAt) : IEvent
{
    public static string Topic => "chat.conversations";
    public static string Type => "chat.membership.changed.v2";
    public string Key => ConversationId.ToString();
}
