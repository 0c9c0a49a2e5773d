namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A message of a bulk publish, as the caller gave it.</summary>
internal sealed record BulkEntry(
    string EntryId, ReadOnlyMemory<byte> Data, string ContentType, IReadOnlyDictionary<string, string> Metadata)
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

/// <summary>An entry that the broker did not take.</summary>
internal sealed record BulkFailure(string EntryId, string Error);
