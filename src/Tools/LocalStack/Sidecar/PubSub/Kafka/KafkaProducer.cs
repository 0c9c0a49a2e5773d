using System.Globalization;
using System.Text;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>One producer for a component, shared by all apps of the process. A publish ends when the broker has acknowledged.</summary>
internal sealed class KafkaProducer : IDisposable
{
    private readonly IProducer<byte[]?, byte[]> _producer;
    private readonly KafkaSettings _settings;

    public KafkaProducer(KafkaSettings settings)
    {
        _settings = settings;
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
        _producer = new ProducerBuilder<byte[]?, byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
    }

    public async Task PublishAsync(BrokerMessage message, CancellationToken ct)
    {
        var record = new Message<byte[]?, byte[]> { Value = message.Data.ToArray(), Headers = [] };

        foreach (var (name, value) in message.Metadata)
        {
            if (name is "partitionKey" or "__key")
                record.Key ??= Encoding.UTF8.GetBytes(value);

            record.Headers.Add(Escape(name), Encoding.UTF8.GetBytes(Escape(value)));
        }

        var partition = message.Metadata.GetValueOrDefault("partitionNumber") is { } number
            ? new Partition(int.Parse(number, CultureInfo.InvariantCulture))
            : Partition.Any;

        await _producer.ProduceAsync(new TopicPartition(message.Topic, partition), record, ct);
    }

    public void Dispose()
    {
        _producer.Flush(TimeSpan.FromSeconds(2));
        _producer.Dispose();
    }

    private string Escape(string text) => _settings.EscapeHeaders ? Uri.EscapeDataString(text) : text;
}
