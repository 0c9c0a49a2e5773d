using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.User.Profiles;
using ChatApp.User.Relationships;
using ChatApp.User.Settings;

namespace ChatApp.User;

/// <summary>What this service reads, writes and stores as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Profile))]
[JsonSerializable(typeof(ChangeProfile))]
[JsonSerializable(typeof(Person))]
[JsonSerializable(typeof(Page<PersonSummary>))]
[JsonSerializable(typeof(RequestFriendship))]
[JsonSerializable(typeof(Standing))]
[JsonSerializable(typeof(Page<Friend>))]
[JsonSerializable(typeof(Page<FriendRequest>))]
[JsonSerializable(typeof(Page<BlockedUser>))]
[JsonSerializable(typeof(AllSettings))]
[JsonSerializable(typeof(Dictionary<string, JsonElement>))]
internal sealed partial class UserJson : JsonSerializerContext;
