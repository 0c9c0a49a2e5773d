using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// Works off one partition in order, while the consumer's own thread goes on to serve the others: message by message, or in batches. An
/// offset counts only after its message was handled.
/// </summary>
internal sealed class PartitionWorker : IAsyncDisposable
{
    private const int Full = 1000;
    private const int Drained = 200;
    private static readonly TimeSpan LastHandlerLimit = TimeSpan.FromSeconds(4);

    private readonly Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]>>, Lifetime, Task<int>> _handle;
    private readonly IConsumer<byte[]?, byte[]> _consumer;
    private readonly Batches<ConsumeResult<byte[]?, byte[]>> _batches;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly long _start = TimeProvider.System.GetTimestamp();
    private int _waiting;

    /// <param name="handle">Returns how many it handled, from the first on; the rest is given up.</param>
    /// <param name="bulk">Null to handle each message on its own.</param>
    /// <param name="turn">The batches of one consumer are handled one after the other, as in Dapr; single messages side by side.</param>
    public PartitionWorker(
        Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]>>, Lifetime, Task<int>> handle, IConsumer<byte[]?, byte[]> consumer,
        PartitionFetch fetch, BulkSubscribe? bulk, SemaphoreSlim turn)
    {
        (_handle, _consumer, Fetch) = (handle, consumer, fetch);
        _batches = bulk is null
            ? new(1, () => TimeSpan.Zero, WorkAsync)
            : new(bulk.MaxMessagesCount, () => UntilTick(TimeSpan.FromMilliseconds(bulk.MaxAwaitDurationMs)), WorkAsync, turn);
    }

    public PartitionFetch Fetch { get; }

    /// <summary>Records that are not handled yet, those at work among them.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Add(ConsumeResult<byte[]?, byte[]> record)
    {
        if (!Fetch.Receives(record.Offset))
            return;

        Interlocked.Increment(ref _waiting);
        _batches.Add(record, _stop.Token);

        if (_batches.Waiting >= Full)
            Fetch.SetFull(true);
    }

    /// <summary>Lets the delivery at work end, for a while; what was not finished comes again, to whoever has the partition next.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _abort.CancelAfter(LastHandlerLimit);
        await _batches.Idle;
        Fetch.Close();
        _stop.Dispose();
        _abort.Dispose();
    }

    /// <summary>
    /// Dapr's Kafka component delivers what it has at each tick of a clock that runs all the time; here nothing runs until there is
    /// something.
    /// </summary>
    private TimeSpan UntilTick(TimeSpan interval) =>
        interval - TimeSpan.FromTicks(TimeProvider.System.GetElapsedTime(_start).Ticks % interval.Ticks);

    private async Task WorkAsync(IReadOnlyList<ConsumeResult<byte[]?, byte[]>> records)
    {
        if (_stop.IsCancellationRequested)
            return;

        var handled = await _handle(records, new Lifetime(_stop.Token, _abort.Token));
        Interlocked.Add(ref _waiting, -records.Count);

        if (_batches.Waiting <= Drained)
            Fetch.SetFull(false);

        if (handled > 0)
            Mark(records[handled - 1]);
    }

    private void Mark(ConsumeResult<byte[]?, byte[]> record)
    {
        try
        {
            _consumer.StoreOffset(new TopicPartitionOffset(record.TopicPartition, record.Offset + 1, record.LeaderEpoch));
        }
        catch (KafkaException)
        {
            // The partition went to another member in the meantime, which sees the message again.
        }
    }
}
