using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Contracts;

namespace ChatApp.Gateway.RealTime;

/// <summary>Event <c>message</c>: a message as chat's history shows it.</summary>
internal sealed record LiveMessage(Guid ConversationId, long Seq, long Rev, Guid SenderId, Guid ClientMessageId, string Text, DateTimeOffset SentAt);

/// <summary>Event <c>receipt</c>: a member has read up to a message; the greatest number wins.</summary>
internal sealed record LiveReceipt(Guid ConversationId, Guid UserId, long ReadSeq, DateTimeOffset ReadAt);

/// <summary>Event <c>conversation</c>: a conversation began with this user in it.</summary>
internal sealed record LiveConversation(
    Guid Id, ConversationKind Kind, string? Title, Guid CreatedBy, IReadOnlyList<Guid> MemberIds, DateTimeOffset CreatedAt);

/// <summary>Event <c>membership</c>: this user's own place in a conversation; the newest version wins.</summary>
internal sealed record LiveMembership(
    Guid ConversationId, Guid UserId, string Role, bool Active, DateTimeOffset? MutedUntil, long Version, DateTimeOffset ChangedAt);

/// <summary>Event <c>notification</c>: something new in the inbox.</summary>
internal sealed record LiveNotification(
    Guid Id, string Kind, Guid ActorId, string Title, string? Text, Guid? ConversationId, long? Seq, DateTimeOffset CreatedAt);

/// <summary>Event <c>notifications_read</c>: one notification was read, or, without an id, all up to a time.</summary>
internal sealed record LiveNotificationsRead(Guid? NotificationId, DateTimeOffset ReadAt);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(KindName)])]
[JsonSerializable(typeof(LiveMessage))]
[JsonSerializable(typeof(LiveReceipt))]
[JsonSerializable(typeof(LiveConversation))]
[JsonSerializable(typeof(LiveMembership))]
[JsonSerializable(typeof(LiveNotification))]
[JsonSerializable(typeof(LiveNotificationsRead))]
internal sealed partial class StreamJson : JsonSerializerContext
{
    internal sealed class KindName() : JsonStringEnumConverter<ConversationKind>(JsonNamingPolicy.SnakeCaseLower);
}
