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

    /// <summary>Ends when the broker has the messages, as far as the component waits for that.</summary>
    /// <param name="messages">All of one topic.</param>
    /// <param name="requestMetadata">
    /// What a bulk request gives for all of them; it is up to the component what that means beside their own.
    /// </param>
    /// <returns>For each message why the broker did not take it, or why nobody can tell; null where it has it.</returns>
    Task<Exception?[]> PublishAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct);

    /// <param name="subscribers">One per topic.</param>
    /// <param name="log">Hears of failures.</param>
    IBrokerConsumer Consume(IReadOnlyCollection<Subscriber> subscribers, ILogger log);
}

/// <summary>A subscription of an app, and what brings its messages there.</summary>
internal sealed record Subscriber(AppSubscription Subscription, Handler Handle);

/// <param name="messages">One, or what a bulk subscription takes at once.</param>
/// <returns>For each message why it was not handled, null where it was: what happens then is the component's own way.</returns>
internal delegate Task<Exception?[]> Handler(IReadOnlyList<BrokerMessage> messages, Lifetime lifetime);

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
