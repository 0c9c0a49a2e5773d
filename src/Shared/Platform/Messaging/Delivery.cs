using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace ChatApp.Platform.Messaging;

/// <summary>One entry of Dapr's bulk envelope, and what is answered of it (<see href="https://docs.dapr.io/developing-applications/building-blocks/pubsub/pubsub-bulk/"/>).</summary>
internal sealed class Delivery(JsonElement entry)
{
    /// <summary>It was handled, or is of no interest here.</summary>
    public const string Success = "SUCCESS";

    /// <summary>It comes again, and is a dead letter in the end.</summary>
    public const string Retry = "RETRY";

    /// <summary>It is a dead letter now.</summary>
    public const string Drop = "DROP";

    public string EntryId { get; } = entry.GetProperty("entryId").GetString()!;

    /// <summary>A CloudEvent, or whatever the broker had.</summary>
    public JsonElement Event { get; } = entry.TryGetProperty("event", out var sent) ? sent : default;

    /// <summary>Null when nobody here reads it, or nobody can.</summary>
    public Received? Received { get; set; }

    public string Status { get; set; } = Success;

    /// <summary>Why an attempt to read or to handle it failed.</summary>
    public string? Error { get; private set; }

    public byte[] Body => Event.ValueKind is JsonValueKind.Undefined ? [] : JsonMarshal.GetRawUtf8Value(Event).ToArray();

    /// <summary>What the broker says beside the event, as a single delivery has it in its headers.</summary>
    public HeaderDictionary Metadata
    {
        get
        {
            var metadata = new HeaderDictionary();
            if (entry.TryGetProperty("metadata", out var given) && given.ValueKind is JsonValueKind.Object)
            {
                foreach (var one in given.EnumerateObject())
                    metadata[one.Name] = one.Value.ToString();
            }

            return metadata;
        }
    }

    public void Failed(string status, string error) => (Status, Error) = (status, error);
}
