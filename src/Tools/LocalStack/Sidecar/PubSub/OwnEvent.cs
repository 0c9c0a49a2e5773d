using System.Buffers;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A CloudEvent that the publisher made itself: it passes as it is, but for the attributes that are Dapr's.</summary>
internal static class OwnEvent
{
    private static readonly JsonWriterOptions Trusted = new() { SkipValidation = true };

    /// <exception cref="JsonException">It is not one JSON object.</exception>
    public static byte[] Complete(ReadOnlySpan<byte> data, string pubSub, string topic, string time, string? expiration, TraceContext trace)
    {
        var given = GivenBy(data);
        var buffer = new ArrayBufferWriter<byte>(data.Length + 512);

        using (var json = new Utf8JsonWriter(buffer, Trusted))
        {
            json.WriteStartObject();
            Copy(data, json, given, expires: expiration is not null);

            if (!given.Time)
                json.WriteString("time", time);
            if (!given.Source)
                json.WriteString("source", "Dapr");
            if (!given.Type)
                json.WriteString("type", "com.dapr.event.sent");
            if (!given.SpecVersion)
                json.WriteString("specversion", "1.0");
            if (!given.TraceId)
            {
                json.WriteString("traceid", trace.Parent);
                json.WriteString("traceparent", trace.Parent);
            }

            if (!given.TraceState)
                json.WriteString("tracestate", trace.State);
            if (expiration is not null)
                json.WriteString("expiration", expiration);

            json.WriteString("topic", topic);
            json.WriteString("pubsubname", pubSub);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static Given GivenBy(ReadOnlySpan<byte> data)
    {
        var given = default(Given);
        var reader = new Utf8JsonReader(data);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("A CloudEvent is a JSON object.");

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader;
            reader.Read();
            var isNull = reader.TokenType == JsonTokenType.Null;
            given = new Given(
                given.Time || name.ValueTextEquals("time"u8),
                given.Source || (!isNull && name.ValueTextEquals("source"u8)),
                given.Type || (!isNull && name.ValueTextEquals("type"u8)),
                given.SpecVersion || (!isNull && name.ValueTextEquals("specversion"u8)),
                given.TraceId || name.ValueTextEquals("traceid"u8),
                given.TraceState || name.ValueTextEquals("tracestate"u8));
            reader.Skip();
        }

        // Anything behind its end is no JSON.
        reader.Read();
        return given;
    }

    private static void Copy(ReadOnlySpan<byte> data, Utf8JsonWriter json, Given given, bool expires)
    {
        var reader = new Utf8JsonReader(data);
        reader.Read();

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            reader.Skip();

            if (IsReplaced(ref name, given, expires))
                continue;

            if (name.ValueIsEscaped)
                json.WritePropertyName(name.GetString()!);
            else
                json.WritePropertyName(name.ValueSpan);
            json.WriteRawValue(data[start..(int)reader.BytesConsumed], skipInputValidation: true);
        }
    }

    /// <summary>A trace counts only with its id: without that, an event's own traceparent gives way to the request's, as in Dapr.</summary>
    private static bool IsReplaced(ref Utf8JsonReader name, Given given, bool expires) =>
        name.ValueTextEquals("topic"u8) || name.ValueTextEquals("pubsubname"u8)
        || (!given.TraceId && name.ValueTextEquals("traceparent"u8))
        || (!given.Source && name.ValueTextEquals("source"u8))
        || (!given.Type && name.ValueTextEquals("type"u8))
        || (!given.SpecVersion && name.ValueTextEquals("specversion"u8))
        || (expires && name.ValueTextEquals("expiration"u8));

    /// <summary>What the publisher gave of the attributes that Dapr adds otherwise.</summary>
    private readonly record struct Given(bool Time, bool Source, bool Type, bool SpecVersion, bool TraceId, bool TraceState);
}
