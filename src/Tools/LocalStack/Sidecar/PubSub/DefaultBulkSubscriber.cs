using ChatApp.LocalStack.Sidecar.Policies;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>
/// Bulk subscription where a component has none of its own: each message waits in its handler until its batch was handled, and gets its own
/// result. So a batch is never larger than what the component hands out at once.
/// </summary>
internal sealed class DefaultBulkSubscriber
{
    private const int DefaultMaxMessages = 100;
    private const int DefaultMaxAwaitMs = 1000;

    private readonly Handler _handle;
    private readonly Batches<Pending> _batches;

    private DefaultBulkSubscriber(Subscriber subscriber)
    {
        _handle = subscriber.Handle;
        var bulk = subscriber.Subscription.Bulk!.Or(DefaultMaxMessages, DefaultMaxAwaitMs);
        _batches = new Batches<Pending>(bulk.MaxMessagesCount, () => TimeSpan.FromMilliseconds(bulk.MaxAwaitDurationMs), HandleAsync);
    }

    /// <summary>What a component calls for each message, of whichever topic. It fails when the message was not handled.</summary>
    public static Func<BrokerMessage, Lifetime, Task> HandlerOf(IEnumerable<Subscriber> subscribers)
    {
        var byTopic = subscribers.ToDictionary(subscriber => subscriber.Subscription.Topic, ForEach);
        return (message, lifetime) => byTopic[message.Topic](message, lifetime);
    }

    private static Func<BrokerMessage, Lifetime, Task> ForEach(Subscriber subscriber)
    {
        if (subscriber.Subscription.Bulk is not null)
            return new DefaultBulkSubscriber(subscriber).HandleAsync;

        return async (message, lifetime) =>
        {
            if ((await subscriber.Handle([message], lifetime))[0] is { } failure)
                throw failure;
        };
    }

    private async Task HandleAsync(BrokerMessage message, Lifetime lifetime)
    {
        var pending = new Pending(message, lifetime);
        _batches.Add(pending, lifetime.Stopping);

        if (await pending.Result.Task is { } failure)
            throw failure;
    }

    private async Task HandleAsync(IReadOnlyList<Pending> batch)
    {
        // The deadline of a component is one for a message, and not for the batch that it waits in.
        var lifetime = batch[0].Lifetime with { Deadline = default };
        var failures = lifetime.Stopping.IsCancellationRequested
            ? [.. batch.Select(_ => new OperationCanceledException("The sidecar stops."))]
            : await _handle([.. batch.Select(pending => pending.Message)], lifetime);

        for (var i = 0; i < batch.Count; i++)
            batch[i].Result.SetResult(failures[i]);
    }

    private sealed record Pending(BrokerMessage Message, Lifetime Lifetime)
    {
        public TaskCompletionSource<Exception?> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
