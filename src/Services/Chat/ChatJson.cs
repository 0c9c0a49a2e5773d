using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Chat.Sync;

namespace ChatApp.Chat;

/// <summary>What this service reads and writes on its routes, without reflection.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(StartConversation))]
[JsonSerializable(typeof(ConversationView))]
[JsonSerializable(typeof(ConversationPage))]
[JsonSerializable(typeof(MarkRead))]
[JsonSerializable(typeof(ReadState))]
[JsonSerializable(typeof(AddMembers))]
[JsonSerializable(typeof(MemberPage))]
[JsonSerializable(typeof(MembershipList))]
[JsonSerializable(typeof(MuteConversation))]
[JsonSerializable(typeof(MuteState))]
[JsonSerializable(typeof(SendMessage))]
[JsonSerializable(typeof(Message))]
[JsonSerializable(typeof(MessagePage))]
[JsonSerializable(typeof(SyncRequest))]
[JsonSerializable(typeof(SyncAnswer))]
internal sealed partial class ChatJson : JsonSerializerContext;
