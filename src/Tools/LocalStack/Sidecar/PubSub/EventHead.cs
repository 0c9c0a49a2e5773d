using System.Globalization;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The few attributes of an event that its way depends on.</summary>
internal readonly record struct EventHead(string? Type, bool HasExpired, string? Traceparent, string? Tracestate)
{
    public static EventHead Read(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        using var json = JsonDocument.ParseValue(ref reader);
        var root = json.RootElement.ValueKind == JsonValueKind.Object ? json.RootElement : throw new JsonException("not a JSON object");

        return new EventHead(
            Text("type"),
            DateTimeOffset.TryParse(Text("expiration"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
            && end < DateTimeOffset.UtcNow,
            Text("traceparent") ?? Text("traceid"),
            Text("tracestate"));

        string? Text(string name) =>
            root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
