using System.Text.Json;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The body of an app's 2xx answer to a delivery.</summary>
internal static class AppAnswer
{
    /// <summary>What it says in "status"; empty, which means success, when it cannot be read that way.</summary>
    public static string Status(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
            return "";

        try
        {
            var reader = new Utf8JsonReader(body);
            using var json = JsonDocument.ParseValue(ref reader);

            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return "";

            var status = json.RootElement.EnumerateObject()
                .LastOrDefault(property => property.Name.Equals("status", StringComparison.OrdinalIgnoreCase)).Value;

            return status.ValueKind == JsonValueKind.String ? status.GetString()! : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    /// <summary>The same for a bulk delivery.</summary>
    /// <returns>What it says of each entry; null where it says nothing.</returns>
    /// <exception cref="JsonException">It can't be read: no entry counts as handled.</exception>
    public static string?[] Statuses(ReadOnlySpan<byte> body, IReadOnlyList<BulkEntryToApp> entries)
    {
        var reader = new Utf8JsonReader(body);
        using var json = JsonDocument.ParseValue(ref reader);
        var statuses = new string?[entries.Count];

        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("it is no JSON object");

        if (Property(json.RootElement, "statuses") is not { ValueKind: JsonValueKind.Array } list)
            return statuses;

        var places = entries.Select((entry, place) => (entry.EntryId, place)).ToDictionary();
        foreach (var status in list.EnumerateArray())
        {
            if (Text(status, "entryId") is { } id && places.TryGetValue(id, out var place))
                statuses[place] = Text(status, "status");
        }

        return statuses;
    }

    private static string? Text(JsonElement element, string name) => Property(element, name) switch
    {
        { ValueKind: JsonValueKind.String } text => text.GetString(),
        null or { ValueKind: JsonValueKind.Null } => null,
        _ => throw new JsonException($"{name} is no text")
    };

    /// <summary>The names' case does not matter, as for Dapr.</summary>
    private static JsonElement? Property(JsonElement element, string name)
    {
        if (element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var exact))
            return exact;

        foreach (var property in element.EnumerateObject())
        {
            if (property.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                return property.Value;
        }

        return null;
    }
}
