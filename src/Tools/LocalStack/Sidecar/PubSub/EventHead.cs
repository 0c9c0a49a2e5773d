using System.Globalization;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The few attributes of a CloudEvent that its way depends on.</summary>
internal readonly record struct EventHead(string? Type, bool HasExpired, string? Traceparent, string? Tracestate)
{
    /// <summary>Reads all of it, so that it is known to be JSON, and keeps little.</summary>
    /// <exception cref="JsonException">It is not one JSON object.</exception>
    public static EventHead Read(ReadOnlySpan<byte> body)
    {
        string? type = null, expiration = null, traceparent = null, traceid = null, tracestate = null;
        var reader = new Utf8JsonReader(body);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("not a JSON object");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
                type = Text(ref reader);
            else if (reader.ValueTextEquals("expiration"u8))
                expiration = Text(ref reader);
            else if (reader.ValueTextEquals("traceparent"u8))
                traceparent = Text(ref reader);
            else if (reader.ValueTextEquals("traceid"u8))
                traceid = Text(ref reader);
            else if (reader.ValueTextEquals("tracestate"u8))
                tracestate = Text(ref reader);
            else
                reader.Skip();
        }

        // Anything behind its end is no JSON.
        reader.Read();
        return new EventHead(type, IsPast(expiration), traceparent ?? traceid, tracestate);
    }

    private static string? Text(ref Utf8JsonReader reader)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.String)
            return reader.GetString();

        reader.Skip();
        return null;
    }

    private static bool IsPast(string? expiration) =>
        DateTimeOffset.TryParse(expiration, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var end)
        && end < DateTimeOffset.UtcNow;
}
