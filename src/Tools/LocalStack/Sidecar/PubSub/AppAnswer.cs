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
}
