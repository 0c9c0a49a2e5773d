using ChatApp.LocalStack.Sidecar.Api;

namespace ChatApp.LocalStack.Sidecar.PubSub;

internal sealed record BulkEntry(string EntryId, ReadOnlyMemory<byte> Data, string ContentType, IReadOnlyDictionary<string, string> Metadata);

internal sealed record BulkFailure(string EntryId, DaprError Error);

/// <summary>Many messages in one call; some may fail.</summary>
internal sealed class BulkPublisher(Publisher publisher)
{
    /// <summary>The request's metadata wins over an entry's own, as in Dapr: there is no key per entry.</summary>
    public static Dictionary<string, string> Merge(IEnumerable<KeyValuePair<string, string>>? entry, IReadOnlyDictionary<string, string> request)
    {
        var merged = new Dictionary<string, string>(entry ?? []);

        foreach (var (name, value) in request)
            merged[name] = value;

        return merged;
    }

    public async Task<List<BulkFailure>> PublishAsync(
        string pubSub, string topic, IReadOnlyList<BulkEntry> entries, TraceContext trace, CancellationToken ct)
    {
        if (entries.Any(entry => string.IsNullOrEmpty(entry.EntryId)) || entries.DistinctBy(entry => entry.EntryId).Count() != entries.Count)
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_EVENTS",
                $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. error: entryId is duplicated or not present for entry",
                pubSub, withResource: true);

        // Given to the broker in order, acknowledged together.
        var results = await Task.WhenAll(entries.Select(entry => TryAsync(pubSub, topic, entry, trace, ct)));
        return [.. results.OfType<BulkFailure>()];
    }

    private async Task<BulkFailure?> TryAsync(string pubSub, string topic, BulkEntry entry, TraceContext trace, CancellationToken ct)
    {
        try
        {
            await publisher.PublishAsync(pubSub, topic, entry.Data, entry.ContentType, entry.Metadata, trace, ct);
            return null;
        }
        catch (DaprError error)
        {
            return new BulkFailure(entry.EntryId, error);
        }
    }
}
