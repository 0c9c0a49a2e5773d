using ChatApp.LocalStack.Sidecar.Policies;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

internal sealed class KafkaBroker(string pubSub, KafkaSettings settings, KafkaProducer producer) : IBroker
{
    public bool DropsExpired => false;

    public IReadOnlyList<string> Ignored => settings.Ignored;

    public KafkaSettings Settings => settings;

    public async Task PublishAsync(BrokerMessage message, CancellationToken ct)
    {
        try
        {
            await producer.PublishAsync(message, ct);
        }
        catch (Exception e) when (e is KafkaException or FormatException)
        {
            throw new BrokerException(e.Message, e);
        }
    }

    public IBrokerConsumer Consume(
        IReadOnlyCollection<AppSubscription> subscriptions,
        Func<BrokerMessage, Lifetime, Task> handle,
        Func<IReadOnlyList<BrokerMessage>, Lifetime, Task<IReadOnlyList<BrokerMessage>>> handleBatch,
        ILogger log) =>
        new KafkaConsumer(pubSub, settings, subscriptions.ToDictionary(subscription => subscription.Topic, subscription => subscription.Bulk), handle, handleBatch, log);
}
