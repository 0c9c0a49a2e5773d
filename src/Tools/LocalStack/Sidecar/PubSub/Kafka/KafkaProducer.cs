using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>One producer for a component, shared by all apps of the process. A publish ends when the broker has acknowledged.</summary>
/// <param name="ends">Hears how far the partitions have come; null where nobody waits for that.</param>
internal sealed class KafkaProducer(KafkaSettings settings, PartitionEnds? ends) : IDisposable
{
    // Made when something is published: an app that only hears has no use for its threads.
    private readonly Lazy<IProducer<byte[]?, byte[]>> _producer = new(() => Build(settings));

    /// <summary>Hands all of them over in order, so that those of a key keep it; each is acknowledged, or fails, on its own.</summary>
    /// <param name="requestMetadata">Wins over what a message has itself, as in Dapr's Kafka component.</param>
    /// <exception cref="FormatException">A partition number is none.</exception>
    public Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct)
    {
        var batch = new Batch(messages.Count);
        var records = messages.Select(message => Record(message, requestMetadata)).ToArray();

        for (var i = 0; i < records.Length; i++)
        {
            var place = i;
            try
            {
                _producer.Value.Produce(records[i].To, records[i].Message, report => Acknowledged(batch, place, report));
            }
            catch (KafkaException e)
            {
                batch.Done(place, e);
            }
        }

        return batch.Failures.WaitAsync(ct);
    }

    public void Dispose()
    {
        if (!_producer.IsValueCreated)
            return;

        _producer.Value.Flush(TimeSpan.FromSeconds(2));
        _producer.Value.Dispose();
    }

    private static IProducer<byte[]?, byte[]> Build(KafkaSettings settings)
    {
        var config = new ProducerConfig
        {
            BootstrapServers = settings.Brokers,
            ClientId = settings.ClientId,
            Acks = Acks.All,
            EnableIdempotence = true,
            LingerMs = 0,
            // The same hash as Dapr's Kafka library, so that a key has the same partition under both sidecars.
            Partitioner = Partitioner.Consistent,
            MessageMaxBytes = Math.Max(settings.MaxMessageBytes, 1000),
            MessageTimeoutMs = 5000,
            AllowAutoCreateTopics = true,
            CompressionType = settings.Compression
        };
        config.Set("partitioner", "fnv1a_random");
        settings.Security.Apply(config);
        return new ProducerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    private void Acknowledged(Batch batch, int place, DeliveryReport<byte[]?, byte[]> report)
    {
        if (report.Error.IsError)
        {
            batch.Done(place, new BrokerException(report.Error.Reason, new KafkaException(report.Error)));
            return;
        }

        ends?.Reached(report.TopicPartition, report.Offset + 1);
        batch.Done(place, null);
    }

    private (TopicPartition To, Message<byte[]?, byte[]> Message) Record(
        BrokerMessage message, IReadOnlyDictionary<string, string> requestMetadata)
    {
        var record = new Message<byte[]?, byte[]> { Value = Bytes(message.Data), Headers = [] };
        var partition = Partition.Any;

        foreach (var (name, value) in requestMetadata)
            Add(name, value);

        foreach (var (name, value) in message.Metadata)
        {
            if (!requestMetadata.ContainsKey(name))
                Add(name, value);
        }

        return (new TopicPartition(message.Topic, partition), record);

        void Add(string name, string value)
        {
            if (name is "partitionKey" or "__key")
                record.Key ??= Encoding.UTF8.GetBytes(value);
            else if (name is "partitionNumber")
                partition = int.Parse(value, CultureInfo.InvariantCulture);

            record.Headers.Add(Escape(name), Encoding.UTF8.GetBytes(Escape(value)));
        }
    }

    private static byte[] Bytes(ReadOnlyMemory<byte> data) =>
        MemoryMarshal.TryGetArray(data, out var whole) && whole.Offset == 0 && whole.Count == whole.Array!.Length
            ? whole.Array
            : data.ToArray();

    private string Escape(string text) => settings.EscapeHeaders ? Uri.EscapeDataString(text) : text;

    /// <summary>Messages that were handed over together.</summary>
    private sealed class Batch(int count)
    {
        private readonly Exception?[] _failures = new Exception?[count];
        private readonly TaskCompletionSource<Exception?[]> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _left = count;

        public Task<Exception?[]> Failures => _done.Task;

        public void Done(int place, Exception? failure)
        {
            _failures[place] = failure;
            if (Interlocked.Decrement(ref _left) == 0)
                _done.SetResult(_failures);
        }
    }
}
