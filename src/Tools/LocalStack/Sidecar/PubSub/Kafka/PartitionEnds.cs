using System.Collections.Concurrent;
using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// How far the partitions of a cluster go, for consumers that fetch nothing until there is something: told by the producers of this process, and looked up once a
/// second for what others publish.
/// </summary>
internal sealed class PartitionEnds : IDisposable
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<KafkaConsumer, bool> _consumers = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly IAdminClient _admin;
    private readonly Task _looking;

    public PartitionEnds(KafkaSettings settings)
    {
        var config = new AdminClientConfig { BootstrapServers = settings.Brokers, ReconnectBackoffMaxMs = 1000 };
        settings.Security.Apply(config);
        _admin = new AdminClientBuilder(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        _looking = LookAsync();
    }

    public void Add(KafkaConsumer consumer) => _consumers.TryAdd(consumer, true);

    public void Remove(KafkaConsumer consumer) => _consumers.TryRemove(consumer, out _);

    public void Reached(TopicPartition partition, Offset end)
    {
        foreach (var consumer in _consumers.Keys)
            consumer.Reached(partition, end);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _looking.GetAwaiter().GetResult();
        _admin.Dispose();
        _stop.Dispose();
    }

    private async Task LookAsync()
    {
        using var timer = new PeriodicTimer(LookInterval);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
                await TryLookAsync([.. _consumers.Keys.SelectMany(consumer => consumer.Assigned).Distinct()]);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task TryLookAsync(IReadOnlyList<TopicPartition> partitions)
    {
        if (partitions.Count == 0)
            return;

        try
        {
            var found = await _admin.ListOffsetsAsync(
                partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = OffsetSpec.Latest() }),
                new ListOffsetsOptions { RequestTimeout = TimeSpan.FromSeconds(2) }).WaitAsync(_stop.Token);
            foreach (var end in found.ResultInfos)
                Reached(end.TopicPartitionOffsetError.TopicPartition, end.TopicPartitionOffsetError.Offset);
        }
        catch (KafkaException)
        {
            // The broker is away; whoever can't fetch says so.
        }
    }
}
