namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A message as the broker keeps it: exact bytes, and what Dapr calls its metadata.</summary>
/// <param name="Place">Where it stands in the broker, for the log.</param>
internal sealed record BrokerMessage(
    string PubSub, string Topic, ReadOnlyMemory<byte> Data, IReadOnlyDictionary<string, string> Metadata, string Place = "");
