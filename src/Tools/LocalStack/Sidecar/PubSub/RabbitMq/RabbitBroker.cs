using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;

/// <summary>A RabbitMQ server: a topic is a fanout exchange, and an app has a queue of its own for each.</summary>
internal sealed class RabbitBroker(string pubSub, RabbitSettings settings, RabbitPublisher publisher) : IBroker
{
    private static readonly string[] Unsupported =
        ["queueName", "routingKey", "queueType", "maxPriority", "maxLen", "maxLenBytes", "enableDeadLetter"];

    public bool DropsExpired => true;

    public IReadOnlyList<string> Ignored => settings.Ignored;

    public Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct) =>
        DefaultBulkPublisher.PublishAsync(messages, publisher.PublishAsync, ct);

    public IBrokerConsumer Consume(IReadOnlyCollection<Subscriber> subscribers, ILogger log)
    {
        AppSubscription[] subscriptions = [.. subscribers.Select(subscriber => subscriber.Subscription)];

        foreach (var subscription in subscriptions)
        {
            if (subscription.Metadata.Keys.FirstOrDefault(Unsupported.Contains) is { } name)
                throw new Resources.ResourceException($"Subscription of {pubSub}/{subscription.Topic}: metadata {name} is not supported.");
        }

        return new RabbitConsumer(pubSub, settings, subscriptions, DefaultBulkSubscriber.HandlerOf(subscribers), log);
    }
}
