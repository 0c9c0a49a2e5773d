using System.Collections.Concurrent;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// How far the partitions of a mock cluster go. The cluster does not answer a waiting fetch when something is published, so consumers fetch
/// nothing until they hear of it here: at once from the producers of this process, and after a look-up of what other processes published.
/// </summary>
internal sealed class PartitionEnds
{
    public static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<KafkaConsumer, bool> _consumers = new();
    private long _lastLook = TimeProvider.System.GetTimestamp();

    /// <summary>The partitions of all consumers: one of them looks up the ends for all.</summary>
    public IEnumerable<TopicPartition> Assigned => _consumers.SelectMany(consumer => consumer.Key.Assigned).Distinct();

    public void Add(KafkaConsumer consumer) => _consumers.TryAdd(consumer, true);

    public void Remove(KafkaConsumer consumer) => _consumers.TryRemove(consumer, out _);

    /// <summary>True for the one that is to look up the ends now.</summary>
    public bool TakesTurn()
    {
        var last = Volatile.Read(ref _lastLook);
        return TimeProvider.System.GetElapsedTime(last) >= LookInterval
               && Interlocked.CompareExchange(ref _lastLook, TimeProvider.System.GetTimestamp(), last) == last;
    }

    public void Reached(TopicPartition partition, Offset end)
    {
        foreach (var (consumer, _) in _consumers)
            consumer.Reached(partition, end);
    }
}
