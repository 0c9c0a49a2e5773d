using System.Threading.Channels;
using ChatApp.LocalStack.Sidecar.Policies;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>Works off one partition in order, while the consumer's own thread goes on to serve the others.</summary>
internal sealed class PartitionWorker : IAsyncDisposable
{
    private const int Full = 1000;
    private const int Drained = 200;
    private static readonly TimeSpan LastHandlerLimit = TimeSpan.FromSeconds(4);

    private readonly Channel<ConsumeResult<byte[]?, byte[]>> _records = Channel.CreateUnbounded<ConsumeResult<byte[]?, byte[]>>();
    private readonly Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]>>, Lifetime, Task<bool>> _handle;
    private readonly Batching? _batching;
    private readonly IConsumer<byte[]?, byte[]> _consumer;
    private readonly TopicPartition _partition;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _work;
    private bool _paused;
    private int _waiting;

    public PartitionWorker(
        Func<IReadOnlyList<ConsumeResult<byte[]?, byte[]>>, Lifetime, Task<bool>> handle,
        Batching? batching,
        IConsumer<byte[]?, byte[]> consumer,
        TopicPartition partition)
    {
        (_handle, _batching, _consumer, _partition) = (handle, batching, consumer, partition);
        _work = Task.Run(WorkAsync);
    }

    /// <summary>Records that are not handled yet, the one at work among them.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    public void Add(ConsumeResult<byte[]?, byte[]> record)
    {
        Interlocked.Increment(ref _waiting);
        _records.Writer.TryWrite(record);

        if (_records.Reader.Count >= Full && !Interlocked.Exchange(ref _paused, true))
            _consumer.Pause([_partition]);
    }

    /// <summary>Lets the delivery at work end, for a while; what was not finished comes again, to whoever has the partition next.</summary>
    public async ValueTask DisposeAsync()
    {
        _records.Writer.TryComplete();
        await _stop.CancelAsync();
        _abort.CancelAfter(LastHandlerLimit);
        await _work;
        _stop.Dispose();
        _abort.Dispose();
    }

    private async Task WorkAsync()
    {
        try
        {
            while (await _records.Reader.WaitToReadAsync(_stop.Token))
            {
                // daprd's windows follow each other by the clock; at rest none is begun.
                if (_batching is { } batching && _records.Reader.Count < batching.MaxMessages)
                    await Task.Delay(TimeUntilNext(batching.Window), _stop.Token);
                while (Take() is { Count: > 0 } batch)
                    await WorkAsync(batch);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private static TimeSpan TimeUntilNext(TimeSpan window)
    {
        var milliseconds = (long)window.TotalMilliseconds;
        return TimeSpan.FromMilliseconds(milliseconds - (Environment.TickCount64 % milliseconds));
    }

    private List<ConsumeResult<byte[]?, byte[]>> Take()
    {
        List<ConsumeResult<byte[]?, byte[]>> batch = [];
        while (batch.Count < (_batching?.MaxMessages ?? 1) && _records.Reader.TryRead(out var record))
            batch.Add(record);
        return batch;
    }

    private async Task WorkAsync(List<ConsumeResult<byte[]?, byte[]>> batch)
    {
        _stop.Token.ThrowIfCancellationRequested();
        var handled = await _handle(batch, new Lifetime(_stop.Token, _abort.Token));
        Interlocked.Add(ref _waiting, -batch.Count);

        try
        {
            if (_records.Reader.Count <= Drained && Interlocked.Exchange(ref _paused, false))
                _consumer.Resume([_partition]);

            if (handled)
                _consumer.StoreOffset(new TopicPartitionOffset(_partition, batch[^1].Offset + 1, batch[^1].LeaderEpoch));
        }
        catch (KafkaException)
        {
            // The partition went to another member in the meantime, which sees the messages again.
        }
    }
}
