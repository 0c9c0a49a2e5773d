using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A message on its way to the app, in a batch.</summary>
/// <param name="Place">In the batch: what it is called in the request and in the answer.</param>
internal sealed record BulkEntryToApp(int Place, BrokerMessage Message, EventHead Head, string Path)
{
    public string EntryId { get; } = Place.ToString(CultureInfo.InvariantCulture);
}

/// <summary>The request body of a bulk delivery. The events are in it as the broker has them.</summary>
internal static class BulkEnvelope
{
    private const int RoomForMetadata = 512;

    private static readonly JsonWriterOptions Trusted = new() { SkipValidation = true };

    public static ReadOnlyMemory<byte> Write(AppSubscription subscription, IReadOnlyList<BulkEntryToApp> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(RoomForMetadata + entries.Sum(entry => Room(subscription, entry)));
        using var json = new Utf8JsonWriter(buffer, Trusted);

        json.WriteStartObject();
        json.WriteString("id", Guid.NewGuid());
        json.WriteString("type", "com.dapr.event.sent.bulk");
        json.WriteString("topic", subscription.Topic);
        json.WriteString("pubsubname", subscription.PubSub);
        json.WriteStartObject("metadata");
        json.WriteString("pubsubName", subscription.PubSub);
        json.WriteEndObject();
        json.WriteStartArray("entries");
        foreach (var entry in entries)
            Write(json, entry, subscription.IsRaw);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static void Write(Utf8JsonWriter json, BulkEntryToApp entry, bool raw)
    {
        json.WriteStartObject();
        json.WriteString("entryId", entry.EntryId);

        if (raw)
            json.WriteBase64String("event", entry.Message.Data.Span);
        else
        {
            json.WritePropertyName("event");
            json.WriteRawValue(entry.Message.Data.Span, skipInputValidation: true);
        }

        json.WriteStartObject("metadata");
        foreach (var (name, value) in entry.Message.Metadata)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteString("contentType", raw ? "application/octet-stream" : Envelope.ContentType);
        json.WriteEndObject();
    }

    private static int Room(AppSubscription subscription, BulkEntryToApp entry) =>
        RoomForMetadata + (subscription.IsRaw ? entry.Message.Data.Length * 4 / 3 : entry.Message.Data.Length);
}
