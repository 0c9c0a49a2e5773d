using System.Text.Json;

namespace ChatApp.Faults.Tests.Load;

/// <summary>A message as the public API shows it.</summary>
public sealed record Message(Guid ConversationId, long Seq, long Rev, Guid SenderId, Guid ClientMessageId, string Text)
{
    public static Message From(JsonElement json) => new(
        json.GetProperty("conversationId").GetGuid(),
        json.GetProperty("seq").GetInt64(),
        json.GetProperty("rev").GetInt64(),
        json.GetProperty("senderId").GetGuid(),
        json.GetProperty("clientMessageId").GetGuid(),
        json.GetProperty("text").GetString()!);
}
