using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.Contracts;

/// <summary>
/// How events look on the wire. Every field is written, null where there is nothing; a missing field is an error, never a default, and so is null where the
/// contract knows none. A field that is added later has a default, so that older events can still be read.
/// </summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(UserRegistered))]
[JsonSerializable(typeof(SessionRevoked))]
[JsonSerializable(typeof(ProfileUpdated))]
[JsonSerializable(typeof(SettingsUpdated))]
[JsonSerializable(typeof(FriendRequested))]
[JsonSerializable(typeof(FriendAccepted))]
[JsonSerializable(typeof(FriendRemoved))]
[JsonSerializable(typeof(BlockChanged))]
[JsonSerializable(typeof(MessageSent))]
[JsonSerializable(typeof(ReceiptUpdated))]
[JsonSerializable(typeof(MembershipChanged))]
[JsonSerializable(typeof(InboxChanged))]
public sealed partial class EventJson : JsonSerializerContext;
