using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ChatApp.Platform.Messaging;

/// <summary>What can be said of an event whatever its bytes are: each part is null where it can't be read.</summary>
internal sealed record EventHead(string? EventId, string? Topic, string? Type, string? Key, string? TraceParent, string? Problem)
{
    /// <summary>Names a letter: the same event is the same letter, however often it is delivered, published or dies.</summary>
    public required Guid LetterId { get; init; }

    /// <param name="body">What the broker has: a CloudEvent, or anything else.</param>
    /// <param name="headers">The delivery's, which have the broker's own metadata.</param>
    /// <param name="ownTopic">The topic that it came from, if that is not the one of dead letters.</param>
    public static EventHead Of(ReadOnlyMemory<byte> body, IHeaderDictionary headers, string? ownTopic = null)
    {
        var key = Header("partitionKey") ?? Header("__key");
        try
        {
            using var envelope = JsonDocument.Parse(body);
            var root = envelope.RootElement.ValueKind is JsonValueKind.Object ? envelope.RootElement : throw new JsonException("It is not a JSON object.");
            var (id, topic) = (Text(root, "id"), Text(root, "topic") ?? ownTopic);
            return new EventHead(id, topic, Text(root, "type"), key, Text(root, "traceparent") ?? Text(root, "traceid"), null)
            {
                LetterId = id is null ? IdOf(body.Span) : IdOf(Encoding.UTF8.GetBytes($"{topic} {id}")),
            };
        }
        catch (JsonException exception)
        {
            return new EventHead(null, ownTopic ?? Header("__topic"), null, key, null, $"It is no CloudEvent: {exception.Message}") { LetterId = IdOf(body.Span) };
        }

        string? Header(string name) => headers.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } text ? text : null;
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind is JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    private static Guid IdOf(ReadOnlySpan<byte> name) => new(SHA256.HashData(name).AsSpan(0, 16));
}
