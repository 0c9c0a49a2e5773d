using System.Text.Json;

namespace ChatApp.Faults.Tests.Load;

/// <summary>A message as the public API shows it.</summary>
/// <param name="Counted">How many messages that somebody wrote there are up to and including this one.</param>
/// <param name="Change">How members changed, when it is a message of the system; null when somebody wrote it.</param>
public sealed record Message(Guid ConversationId, long Seq, long Rev, long Counted, Guid SenderId, Guid ClientMessageId, string Text, string? Change = null)
{
    public static Message From(JsonElement json) => new(
        json.GetProperty("conversationId").GetGuid(),
        json.GetProperty("seq").GetInt64(),
        json.GetProperty("rev").GetInt64(),
        json.GetProperty("counted").GetInt64(),
        json.GetProperty("senderId").GetGuid(),
        json.GetProperty("clientMessageId").GetGuid(),
        json.GetProperty("text").GetString()!,
        json.GetProperty("system") is { ValueKind: JsonValueKind.Object } system ? system.GetProperty("change").GetString() : null);
}
