using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Contracts;

namespace ChatApp.Gateway.RealTime;

/// <summary>What the gateway reads of a message. Event <c>message</c> is the whole of it, as it was published.</summary>
internal sealed record MessageHead(Guid ConversationId, long Rev, int MemberCount, Guid SenderId, SystemMessage? System) : IEvent
{
    public static string Topic => MessageSent.Topic;
    public static string Type => MessageSent.Type;
    public string Key => ConversationId.ToString();
}

/// <summary>Event <c>conversation</c>: this user is in a conversation from now on.</summary>
/// <param name="CreatedBy">Who began it; null for who was brought in later.</param>
/// <param name="Rev">The change number with which it happened.</param>
internal sealed record LiveConversation(Guid Id, ConversationKind Kind, string? Title, Guid? CreatedBy, int MemberCount, long Rev);

/// <summary>Event <c>receipts</c>: members have read up to a message; of each the greatest number wins.</summary>
internal sealed record LiveReceipts(Guid ConversationId, IReadOnlyList<LiveReceipt> Receipts);

internal sealed record LiveReceipt(Guid UserId, long ReadSeq, DateTimeOffset ReadAt);

/// <summary>Event <c>membership</c>: this user's own settings for a conversation; the newest version wins.</summary>
internal sealed record LiveMembership(Guid ConversationId, DateTimeOffset? MutedUntil, long Version, DateTimeOffset ChangedAt);

/// <summary>Event <c>notifications</c>: entries of this user's inbox as they are now; of each the newest wins.</summary>
internal sealed record LiveNotifications(IReadOnlyList<LiveNotification> Items);

/// <param name="ReadAt">Null while it is unread.</param>
internal sealed record LiveNotification(
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
    DateTimeOffset? ReadAt);

[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MessageHead))]
[JsonSerializable(typeof(LiveConversation))]
[JsonSerializable(typeof(LiveReceipts))]
[JsonSerializable(typeof(LiveMembership))]
[JsonSerializable(typeof(LiveNotifications))]
internal sealed partial class StreamJson : JsonSerializerContext;
