using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>A record as Dapr's Kafka component hands it on.</summary>
internal static class KafkaMessage
{
    public static BrokerMessage From(ConsumeResult<byte[]?, byte[]> record, string pubSub, KafkaSettings settings) =>
        new(pubSub, record.Topic, record.Message.Value, Metadata(record, settings), $"{record.Partition.Value}:{record.Offset.Value}");

    /// <summary>The record's own headers come last: a dead letter keeps the topic and offset that it first had.</summary>
    private static Dictionary<string, string> Metadata(ConsumeResult<byte[]?, byte[]> record, KafkaSettings settings)
    {
        var metadata = new Dictionary<string, string>(record.Message.Headers.Count + 5);

        if (record.Message.Key is { } key)
            metadata["__key"] = Escape(Encoding.UTF8.GetString(key));

        metadata["__offset"] = record.Offset.Value.ToString(CultureInfo.InvariantCulture);
        metadata["__topic"] = record.Topic;
        metadata["__timestamp"] = record.Message.Timestamp.UnixTimestampMs.ToString(CultureInfo.InvariantCulture);
        metadata["__partition"] = record.Partition.Value.ToString(CultureInfo.InvariantCulture);

        foreach (var header in record.Message.Headers)
            metadata[Escape(header.Key)] = Escape(Encoding.UTF8.GetString(header.GetValueBytes() ?? []));

        return metadata;

        string Escape(string text) => settings.EscapeHeaders ? Uri.EscapeDataString(text) : text;
    }
}
