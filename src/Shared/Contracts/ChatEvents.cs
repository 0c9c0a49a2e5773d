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

/// <summary>A message took its place in a conversation.</summary>
/// <param name="Seq">Its place: 1, 2, 3, ... without a gap.</param>
/// <param name="Rev">The conversation's change number at this change.</param>
/// <param name="MemberIds">Who was in the conversation when it was sent, the sender included.</param>
public sealed record MessageSent(
    Guid ConversationId,
    ConversationKind Kind,
    string? Title,
    long Seq,
    long Rev,
    Guid SenderId,
    Guid ClientMessageId,
    string Text,
    IReadOnlyList<Guid> MemberIds,
    DateTimeOffset SentAt) : IEvent
{
    public static string Topic => "chat.messages";
    public static string Type => "chat.message.sent.v1";
    public string Key => ConversationId.ToString();
}

/// <summary>A member has read up to <paramref name="ReadSeq"/>; the greatest number wins.</summary>
public sealed record ReceiptUpdated(
    Guid ConversationId, Guid UserId, long ReadSeq, IReadOnlyList<Guid> MemberIds, DateTimeOffset ReadAt) : IEvent
{
    public static string Topic => "chat.messages";
    public static string Type => "chat.receipt.updated.v1";
    public string Key => ConversationId.ToString();
}

/// <summary>A conversation began.</summary>
public sealed record ConversationCreated(
    Guid ConversationId,
    ConversationKind Kind,
    string? Title,
    Guid CreatedBy,
    IReadOnlyList<Guid> MemberIds,
    DateTimeOffset CreatedAt) : IEvent
{
    public static string Topic => "chat.conversations";
    public static string Type => "chat.conversation.created.v1";
    public string Key => ConversationId.ToString();
}

/// <summary>What one member's place in a conversation is now. The newest <paramref name="Version"/> wins.</summary>
/// <param name="MutedUntil">No notifications before this time; null when not muted.</param>
public sealed record MembershipChanged(
    Guid ConversationId, Guid UserId, string Role, bool Active, DateTimeOffset? MutedUntil, long Version, DateTimeOffset ChangedAt) : IEvent
{
    public static string Topic => "chat.conversations";
    public static string Type => "chat.membership.changed.v1";
    public string Key => ConversationId.ToString();
}
