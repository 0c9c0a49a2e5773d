using ChatApp.LocalStack.Sidecar.Policies;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>
/// Bulk delivery for a broker that hands out single messages, as Dapr's default bulk subscriber does it: each message waits until its batch is answered, so a batch
/// is never larger than what the component hands out at once.
/// </summary>
internal sealed class BulkWindow(Batching batching, Func<IReadOnlyList<BrokerMessage>, Lifetime, Task<IReadOnlyList<BrokerMessage>>> handle)
{
    private readonly Lock _lock = new();
    private Batch? _open;

    /// <exception cref="InvalidOperationException">The component has to retry the message.</exception>
    public async Task HandleAsync(BrokerMessage message, Lifetime lifetime)
    {
        Batch batch;
        bool isFull;
        lock (_lock)
        {
            if (_open is null)
            {
                _open = new Batch();
                _ = CloseAsync(_open, lifetime);
            }

            batch = _open;
            batch.Messages.Add(message);
            isFull = batch.Messages.Count >= batching.MaxMessages;
            if (isFull)
                _open = null;
        }

        if (isFull)
            batch.Full.TrySetResult();
        if ((await batch.Failed.Task).Contains(message))
            throw new InvalidOperationException($"{message.Topic}: the app did not handle it");
    }

    private async Task CloseAsync(Batch batch, Lifetime lifetime)
    {
        await Task.WhenAny(batch.Full.Task, Task.Delay(batching.Window, lifetime.Stopping));
        lock (_lock)
        {
            if (ReferenceEquals(_open, batch))
                _open = null;
        }

        try
        {
            batch.Failed.TrySetResult(await handle(batch.Messages, lifetime));
        }
        catch (Exception e)
        {
            batch.Failed.TrySetException(e);
        }
    }

    private sealed class Batch
    {
        public List<BrokerMessage> Messages { get; } = [];

        public TaskCompletionSource Full { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource<IReadOnlyList<BrokerMessage>> Failed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
