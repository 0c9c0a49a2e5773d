using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The CloudEvent that Dapr makes of what an app publishes, and of raw bytes that an app subscribes to.</summary>
internal static class Envelope
{
    public const string ContentType = "application/cloudevents+json";

    /// <param name="expires">False where the broker itself drops what is too old.</param>
    /// <exception cref="JsonException">The publisher says that it sends a CloudEvent, and does not.</exception>
    public static byte[] Wrap(
        ReadOnlySpan<byte> data, string? contentType, string source, string pubSub, string topic,
        IReadOnlyDictionary<string, string> metadata, TraceContext trace, bool expires = true)
    {
        var expiration = expires ? Expiration(metadata) : null;
        var type = string.IsNullOrEmpty(contentType) ? "text/plain" : contentType;

        return MediaType(type) == ContentType
            ? OwnEvent.Complete(data, pubSub, topic, Now(), expiration, trace)
            : New(data, type, source, pubSub, topic, metadata, expiration, trace);
    }

    /// <summary>For a subscription that asks for raw payloads; the id is another one at each delivery.</summary>
    public static byte[] WrapRaw(ReadOnlySpan<byte> data, string pubSub, string topic) => Write(data, (json, bytes) =>
    {
        json.WriteString("id", Guid.NewGuid());
        json.WriteString("source", "Dapr");
        json.WriteString("specversion", "1.0");
        json.WriteString("type", "com.dapr.event.sent");
        json.WriteString("datacontenttype", "application/octet-stream");
        json.WriteString("topic", topic);
        json.WriteString("pubsubname", pubSub);
        json.WriteBase64String("data_base64", bytes);
    });

    private static byte[] New(
        ReadOnlySpan<byte> data, string contentType, string source, string pubSub, string topic,
        IReadOnlyDictionary<string, string> metadata, string? expiration, TraceContext trace) => Write(data, (json, bytes) =>
    {
        var traceparent = Given("traceparent") ?? Given("traceid") ?? trace.Parent;

        json.WriteString("id", Given("id") ?? Guid.NewGuid().ToString());
        json.WriteString("source", Given("source") ?? source);
        json.WriteString("specversion", "1.0");
        json.WriteString("type", Given("type") ?? "com.dapr.event.sent");
        json.WriteString("datacontenttype", contentType);
        json.WriteString("topic", topic);
        json.WriteString("pubsubname", pubSub);
        json.WriteString("time", Now());
        json.WriteString("traceid", traceparent);
        json.WriteString("traceparent", traceparent);
        json.WriteString("tracestate", Given("tracestate") ?? trace.State);

        if (Given("subject") is { } subject)
            json.WriteString("subject", subject);

        if (expiration is not null)
            json.WriteString("expiration", expiration);

        WriteData(json, bytes, MediaType(contentType));

        string? Given(string attribute) =>
            metadata.FirstOrDefault(entry => entry.Key.Equals($"cloudevent.{attribute}", StringComparison.OrdinalIgnoreCase)).Value;
    });

    private static void WriteData(Utf8JsonWriter json, ReadOnlySpan<byte> data, string mediaType)
    {
        if (mediaType is "application/octet-stream" or "application/cloudevents+protobuf")
            json.WriteBase64String("data_base64", data);
        else if (mediaType == "application/json" && IsJson(data))
        {
            json.WritePropertyName("data");
            json.WriteRawValue(data, skipInputValidation: true);
        }
        else
            json.WriteString("data", Encoding.UTF8.GetString(data));
    }

    private static bool IsJson(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    public static string MediaType(string contentType) =>
        contentType.Split(';', 2)[0].Trim().ToLowerInvariant();

    private static string? Expiration(IReadOnlyDictionary<string, string> metadata) =>
        (metadata.GetValueOrDefault("ttlInSeconds") ?? metadata.GetValueOrDefault("ttl")) is { } ttl
        && long.TryParse(ttl, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds > 0
            ? DateTime.UtcNow.AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)
            : null;

    private static string Now()
    {
        var now = DateTimeOffset.Now;
        return now.ToString(now.Offset == TimeSpan.Zero ? "yyyy-MM-ddTHH:mm:ssZ" : "yyyy-MM-ddTHH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    private delegate void Fields(Utf8JsonWriter json, ReadOnlySpan<byte> data);

    private static byte[] Write(ReadOnlySpan<byte> data, Fields fields)
    {
        var buffer = new ArrayBufferWriter<byte>(data.Length + 512);

        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            fields(json, data);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
