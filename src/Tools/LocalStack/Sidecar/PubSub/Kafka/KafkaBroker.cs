using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <param name="ends">With the mock cluster alone.</param>
internal sealed class KafkaBroker(string pubSub, KafkaSettings settings, KafkaProducer producer, PartitionEnds? ends) : IBroker
{
    public bool DropsExpired => false;

    public IReadOnlyList<string> Ignored => settings.Ignored;

    public KafkaSettings Settings => settings;

    public async Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct)
    {
        try
        {
            return await producer.PublishAsync(messages, requestMetadata, ct);
        }
        catch (Exception e) when (e is KafkaException or FormatException)
        {
            throw new BrokerException(e.Message, e);
        }
    }

    public IBrokerConsumer Consume(IReadOnlyCollection<Subscriber> subscribers, ILogger log) =>
        new KafkaConsumer(pubSub, settings, subscribers, ends, log);
}
