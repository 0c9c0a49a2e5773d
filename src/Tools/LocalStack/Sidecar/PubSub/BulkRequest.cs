using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The body of a bulk publish over HTTP.</summary>
internal static class BulkRequest
{
    /// <exception cref="JsonException">It can't be read.</exception>
    /// <exception cref="FormatException">An event is not what its content type says.</exception>
    public static List<BulkEntry> Read(byte[] body, IReadOnlyDictionary<string, string> requestMetadata)
    {
        using var json = JsonDocument.Parse(body);
        if (json.RootElement.ValueKind != JsonValueKind.Array)
            throw new JsonException("a list of entries is expected");

        return [.. json.RootElement.EnumerateArray().Select(entry => Entry(entry, body, requestMetadata))];
    }

    private static BulkEntry Entry(JsonElement entry, byte[] body, IReadOnlyDictionary<string, string> requestMetadata)
    {
        string id = "", contentType = "";
        JsonElement sent = default;
        Dictionary<string, string>? metadata = null;

        // The names' case does not matter, as for Dapr.
        foreach (var property in Fields(entry))
        {
            if (property.Name.Equals("entryId", StringComparison.OrdinalIgnoreCase))
                id = Text(property.Value);
            else if (property.Name.Equals("contentType", StringComparison.OrdinalIgnoreCase))
                contentType = Text(property.Value);
            else if (property.Name.Equals("event", StringComparison.OrdinalIgnoreCase))
                sent = property.Value;
            else if (property.Name.Equals("metadata", StringComparison.OrdinalIgnoreCase) && property.Value.ValueKind != JsonValueKind.Null)
                metadata = Fields(property.Value).ToDictionary(one => one.Name, one => Text(one.Value));
        }

        return new BulkEntry(id, Bytes(sent, contentType, body), contentType, BulkEntry.Merge(requestMetadata, metadata));
    }

    private static ReadOnlyMemory<byte> Bytes(JsonElement sent, string contentType, byte[] body) =>
        (Envelope.MediaType(contentType), sent.ValueKind) switch
        {
            ("application/octet-stream", JsonValueKind.String) when sent.TryGetBytesFromBase64(out var bytes) => bytes,
            (var text, JsonValueKind.String) when text == "application/xml" || text.StartsWith("text/", StringComparison.Ordinal) =>
                Encoding.UTF8.GetBytes(sent.GetString()!),
            ("application/json" or Envelope.ContentType, JsonValueKind.Undefined) => "null"u8.ToArray(),
            ("application/json" or Envelope.ContentType, _) => Part(body, JsonMarshal.GetRawUtf8Value(sent)),
            _ => throw new FormatException("error: mismatch between contentType and event")
        };

    private static ReadOnlyMemory<byte> Part(byte[] whole, ReadOnlySpan<byte> part) =>
        whole.AsSpan().Overlaps(part, out var start) ? whole.AsMemory(start, part.Length) : part.ToArray();

    private static JsonElement.ObjectEnumerator Fields(JsonElement element) =>
        element.ValueKind == JsonValueKind.Object ? element.EnumerateObject() : throw new JsonException("an object is expected");

    private static string Text(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!,
        JsonValueKind.Null => "",
        _ => throw new JsonException("a text is expected")
    };
}
