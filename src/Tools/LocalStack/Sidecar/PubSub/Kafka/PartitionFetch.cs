using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// Whether a partition is fetched: not while too much of it waits to be handled, and, where its end is told
/// (<see cref="PartitionEnds"/>), not once it was read to there.
/// </summary>
internal sealed class PartitionFetch(IConsumer<byte[]?, byte[]> consumer, TopicPartition partition)
{
    private static readonly TimeSpan BrokerAnswer = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Offset _next = Offset.Unset;
    private Offset _end = Offset.Unset;
    private bool _full;
    private bool _atEnd;
    private bool _closed;

    /// <summary>How many messages are known to be behind the last one that came; 0 where nobody tells.</summary>
    public long Behind
    {
        get
        {
            lock (_lock)
                return _end.IsSpecial || _next.IsSpecial ? 0 : Math.Max(0, _end - _next);
        }
    }

    /// <returns>False for the last message once more: it can have come while the client was told to go on from there.</returns>
    public bool Receives(Offset offset)
    {
        lock (_lock)
        {
            if (offset == _next - 1)
                return false;

            _next = offset + 1;
            return true;
        }
    }

    /// <summary>There was nothing more when it was fetched.</summary>
    public void ReachedEnd(Offset end)
    {
        lock (_lock)
        {
            _next = end;
            if (_atEnd || _end > end)
                return;

            _atEnd = true;
            if (!_full)
                Try(Pause);
        }
    }

    /// <summary>There is something more. Returns at once: the caller has others to tell.</summary>
    public void Grew(Offset end)
    {
        lock (_lock)
        {
            if (end <= _end)
                return;

            _end = end;
            if (!_atEnd || _end <= _next)
                return;

            _atEnd = false;
            Task.Run(GoOn);
        }
    }

    public void SetFull(bool full)
    {
        lock (_lock)
        {
            if (_full == full)
                return;

            _full = full;
            if (!full)
                GoOn();
            else if (!_atEnd)
                Try(Pause);
        }
    }

    /// <summary>Lets the consumer hear something, if only that there is nothing.</summary>
    public void Wake()
    {
        lock (_lock)
            Try(Resume);
    }

    /// <summary>
    /// The partition goes. From now on the consumer, which may be about to end, is not touched. The client would keep the pause for the time
    /// when the partition comes back, so it ends here.
    /// </summary>
    public void Close()
    {
        lock (_lock)
        {
            Try(() => consumer.Resume([partition]));
            _closed = true;
        }
    }

    private void GoOn()
    {
        lock (_lock)
        {
            if (!_full && !_atEnd)
                Try(Resume);
        }
    }

    private void Pause() => consumer.Pause([partition]);

    private void Resume()
    {
        consumer.Resume([partition]);

        // Resumed, a partition can wait for a second until the client looks at it again. A move, or a question to its broker, lets it look
        // at once; a move to 0 does not.
        if (_next > 0)
            consumer.Seek(new TopicPartitionOffset(partition, _next));
        else
            consumer.QueryWatermarkOffsets(partition, BrokerAnswer);
    }

    private void Try(Action change)
    {
        if (_closed)
            return;

        try
        {
            change();
        }
        catch (KafkaException)
        {
            // The partition went to another member in the meantime.
        }
    }
}
