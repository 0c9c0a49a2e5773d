using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Auth.Accounts;
using ChatApp.Auth.Keys;
using ChatApp.Auth.Sessions;

namespace ChatApp.Auth;

/// <summary>What this service reads, writes and stores as JSON, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(Register))]
[JsonSerializable(typeof(LogIn))]
[JsonSerializable(typeof(Refresh))]
[JsonSerializable(typeof(SignedIn))]
[JsonSerializable(typeof(KeySet))]
internal sealed partial class AuthJson : JsonSerializerContext;
