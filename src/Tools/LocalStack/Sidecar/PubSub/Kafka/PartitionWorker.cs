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
    private readonly Func<ConsumeResult<byte[]?, byte[]>, Lifetime, Task<bool>> _handle;
    private readonly IConsumer<byte[]?, byte[]> _consumer;
    private readonly TopicPartition _partition;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _work;
    private bool _paused;
    private int _waiting;

    public PartitionWorker(
        Func<ConsumeResult<byte[]?, byte[]>, Lifetime, Task<bool>> handle, IConsumer<byte[]?, byte[]> consumer, TopicPartition partition)
    {
        (_handle, _consumer, _partition) = (handle, consumer, partition);
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
                while (_records.Reader.TryRead(out var record))
                    await WorkAsync(record);
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
        }
    }

    private async Task WorkAsync(ConsumeResult<byte[]?, byte[]> record)
    {
        _stop.Token.ThrowIfCancellationRequested();
        var handled = await _handle(record, new Lifetime(_stop.Token, _abort.Token));
        Interlocked.Decrement(ref _waiting);

        try
        {
            if (_records.Reader.Count <= Drained && Interlocked.Exchange(ref _paused, false))
                _consumer.Resume([_partition]);

            if (handled)
                _consumer.StoreOffset(new TopicPartitionOffset(_partition, record.Offset + 1, record.LeaderEpoch));
        }
        catch (KafkaException)
        {
            // The partition went to another member in the meantime, which sees the message again.
        }
    }
}
