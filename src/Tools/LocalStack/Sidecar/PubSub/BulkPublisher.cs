using ChatApp.LocalStack.Sidecar.Api;

namespace ChatApp.LocalStack.Sidecar.PubSub;

internal sealed record BulkEntry(string EntryId, ReadOnlyMemory<byte> Data, string ContentType, IReadOnlyDictionary<string, string> Metadata)
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    /// <summary>An entry's own metadata wins over the request's. An entry that has none gets none, as in Dapr.</summary>
    public static IReadOnlyDictionary<string, string> Merge(IReadOnlyDictionary<string, string> request, IDictionary<string, string>? entry)
    {
        if (entry is null or { Count: 0 })
            return NoMetadata;

        var merged = new Dictionary<string, string>(entry);
        foreach (var (name, value) in request)
            merged.TryAdd(name, value);

        return merged;
    }
}

internal sealed record BulkFailure(string EntryId, string Error);

/// <summary>Many messages of one topic in one request; some may fail.</summary>
internal sealed class BulkPublisher(Publisher publisher)
{
    /// <returns>The entries that the broker did not take.</returns>
    /// <exception cref="DaprError">Nothing was published: the request is not as it has to be, or not allowed.</exception>
    public async Task<IReadOnlyList<BulkFailure>> PublishAsync(
        string pubSub, string topic, IReadOnlyList<BulkEntry> entries, IReadOnlyDictionary<string, string> metadata, TraceContext trace, CancellationToken ct)
    {
        var ids = new HashSet<string>(entries.Count);
        if (!entries.All(entry => entry.EntryId is { Length: > 0 } id && ids.Add(id)))
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_EVENTS",
                $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. error: entryId is duplicated or not present for entry",
                pubSub, withResource: true);

        var failures = await publisher.PublishAsync(pubSub, topic, entries, metadata, trace, ct);

        return [.. entries.Zip(failures).Where(pair => pair.Second is not null).Select(pair => new BulkFailure(pair.First.EntryId, pair.Second!.Message))];
    }
}
