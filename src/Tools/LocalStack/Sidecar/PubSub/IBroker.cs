using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>One app's way to a broker, as a component describes it: three kinds, one shape.</summary>
internal interface IBroker
{
    /// <summary>True where the broker itself drops a message that is too old, so that the envelope does not say when that is.</summary>
    bool DropsExpired { get; }

    /// <summary>What the component's file gives without effect here.</summary>
    IReadOnlyList<string> Ignored { get; }

    /// <summary>Ends when the broker has the message, as far as the component waits for that.</summary>
    /// <exception cref="BrokerException">The broker did not take it, or nobody can tell.</exception>
    Task PublishAsync(BrokerMessage message, CancellationToken ct);

    /// <param name="subscriptions">One per topic.</param>
    /// <param name="handle">Fails when the message was not handled: what happens then is the component's own way.</param>
    /// <param name="handleBatch">For a broker that hands out several messages of a bulk subscription at once; answers those that were not handled.</param>
    /// <param name="log">Hears of failures.</param>
    IBrokerConsumer Consume(
        IReadOnlyCollection<AppSubscription> subscriptions,
        Func<BrokerMessage, Lifetime, Task> handle,
        Func<IReadOnlyList<BrokerMessage>, Lifetime, Task<IReadOnlyList<BrokerMessage>>> handleBatch,
        ILogger log);
}

/// <summary>Brings messages to a handler until it is disposed; then it lets those at work end, for a while.</summary>
internal interface IBrokerConsumer : IAsyncDisposable
{
    /// <summary>Done when nothing that is published from now on is missed.</summary>
    Task Ready { get; }

    /// <summary>What the broker has for this consumer's group and is not handled yet; nothing where that can't be told now.</summary>
    Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct);
}

/// <summary>Messages that wait for a consumer group.</summary>
/// <param name="Partition">Null where the count is of the whole topic, whichever member of the group tells it.</param>
internal sealed record Waiting(string PubSub, string Topic, string Group, int? Partition, long Count);

/// <summary>The broker, or the way to it, failed.</summary>
internal sealed class BrokerException(string message, Exception inner) : Exception(message, inner);
