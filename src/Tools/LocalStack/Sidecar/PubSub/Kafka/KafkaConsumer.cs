using System.Collections.Concurrent;
using ChatApp.LocalStack.Sidecar.Policies;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// One member of an app's consumer group on a component, for all topics that the app subscribes to there. Partitions are worked off side by
/// side.
/// </summary>
internal sealed class KafkaConsumer : IBrokerConsumer
{
    // A real broker answers a waiting fetch when a message arrives. The mock cluster lets it wait to the end, so there it is short, and
    // made only when there is something to fetch.
    private const int FetchWaitMs = 500;
    private const int MockFetchWaitMs = 1;

    private const int DefaultMaxMessages = 80;
    private const int DefaultMaxAwaitMs = 10_000;

    private static readonly TimeSpan BrokerAnswer = TimeSpan.FromSeconds(10);

    private static readonly Timestamp Latest = new(-1, TimestampType.NotAvailable);

    private readonly KafkaSettings _settings;
    private readonly string _pubSub;
    private readonly Dictionary<string, Subscriber> _subscribers;
    private readonly PartitionEnds? _ends;
    private readonly ILogger _log;
    private readonly IConsumer<byte[]?, byte[]> _consumer;
    private readonly ConcurrentDictionary<TopicPartition, PartitionWorker> _workers = new();
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    /// <param name="ends">Tells when there is something to fetch; null with a broker that tells it itself.</param>
    public KafkaConsumer(string pubSub, KafkaSettings settings, IEnumerable<Subscriber> subscribers, PartitionEnds? ends, ILogger log)
    {
        (_pubSub, _settings, _ends, _log) = (pubSub, settings, ends, log);
        _subscribers = subscribers.ToDictionary(subscriber => subscriber.Subscription.Topic);
        _consumer = Build();
        _consumer.Subscribe(_subscribers.Keys);
        _ends?.Add(this);
        _loop = Task.Factory.StartNew(Consume, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Done when the group gave this member its partitions for the first time, and their starting points are fixed.</summary>
    public Task Ready => _assigned.Task;

    public ICollection<TopicPartition> Assigned => _workers.Keys;

    public void Reached(TopicPartition partition, Offset end) => _workers.GetValueOrDefault(partition)?.Fetch.Grew(end);

    /// <summary>By what the consumer knows anyway: no request is made for it.</summary>
    public Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct)
    {
        try
        {
            return Task.FromResult<IReadOnlyList<Waiting>>([.. _workers.Select(assigned => WaitingIn(assigned.Key, assigned.Value))]);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            return Task.FromResult<IReadOnlyList<Waiting>>([]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        _ends?.Remove(this);
        await _stop.CancelAsync();
        _workers.Values.FirstOrDefault()?.Fetch.Wake();
        await _loop;
        _stop.Dispose();
        _turn.Dispose();
    }

    private IConsumer<byte[]?, byte[]> Build()
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = _settings.Brokers,
            GroupId = _settings.ConsumerGroup,
            ClientId = _settings.ClientId,
            AutoOffsetReset = _settings.StartAtOldest ? AutoOffsetReset.Earliest : AutoOffsetReset.Latest,
            EnableAutoCommit = true,
            AutoCommitIntervalMs = 1000,
            EnableAutoOffsetStore = false,
            EnablePartitionEof = _ends is not null,
            AllowAutoCreateTopics = true,
            PartitionAssignmentStrategy = _settings.Assignment,
            SessionTimeoutMs = (int)_settings.SessionTimeout.TotalMilliseconds,
            HeartbeatIntervalMs = (int)_settings.HeartbeatInterval.TotalMilliseconds,
            FetchMinBytes = _settings.FetchMinBytes,
            MaxPartitionFetchBytes = _settings.FetchBytes,
            FetchWaitMaxMs = _ends is null ? FetchWaitMs : MockFetchWaitMs,
            // Short, for a topic that appears later, and for a broker that comes back.
            TopicMetadataRefreshIntervalMs = 10_000,
            ReconnectBackoffMaxMs = 1000
        };
        _settings.Security.Apply(config);

        return new ConsumerBuilder<byte[]?, byte[]>(config)
            .SetPartitionsAssignedHandler((_, partitions) => Assign(partitions))
            .SetPartitionsRevokedHandler((_, partitions) => Release(partitions))
            .SetPartitionsLostHandler((_, partitions) => Release(partitions))
            .SetErrorHandler((_, error) => _log.LogWarning("Kafka, consumer of {PubSub}: {Reason}", _pubSub, error.Reason))
            .SetLogHandler((_, _) => { })
            .Build();
    }

    private void Consume()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (_consumer.Consume(PartitionEnds.LookInterval) is { } record)
                    Take(record);

                if (_ends is not null && _ends.TakesTurn())
                    LookUp(_ends);
            }
            catch (ConsumeException e)
            {
                _log.LogWarning("Kafka, consumer of {PubSub}: {Reason}", _pubSub, e.Error.Reason);
            }
        }

        // Leaves the group and commits, after the handlers at work have ended.
        _consumer.Close();
        _consumer.Dispose();
        _assigned.TrySetCanceled();
    }

    private void Take(ConsumeResult<byte[]?, byte[]> record)
    {
        if (_workers.GetValueOrDefault(record.TopicPartition) is not { } worker)
            return;

        if (record.IsPartitionEOF)
            worker.Fetch.ReachedEnd(record.Offset);
        else
            worker.Add(record);
    }

    private void LookUp(PartitionEnds ends)
    {
        try
        {
            var partitions = ends.Assigned.Select(partition => new TopicPartitionTimestamp(partition, Latest));
            foreach (var end in _consumer.OffsetsForTimes(partitions, PartitionEnds.LookInterval))
                ends.Reached(end.TopicPartition, end.Offset);
        }
        catch (KafkaException)
        {
            // The broker is away; whoever can't fetch says so.
        }
    }

    private List<TopicPartitionOffset> Assign(List<TopicPartition> partitions)
    {
        var starts = partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Unset)).ToList();

        // "Newest" is decided now and not at the first fetch: what is published from here on counts.
        if (!_settings.StartAtOldest)
            starts = [.. _consumer.Committed(partitions, BrokerAnswer).Select(FromNowIfNew)];

        foreach (var partition in partitions)
            _workers[partition] = WorkerOf(partition);

        _assigned.TrySetResult();
        return starts;
    }

    private PartitionWorker WorkerOf(TopicPartition partition)
    {
        var subscriber = _subscribers[partition.Topic];
        return new PartitionWorker(
            (records, lifetime) => HandleAsync(subscriber.Handle, records, lifetime), _consumer, new PartitionFetch(_consumer, partition),
            subscriber.Subscription.Bulk?.Or(DefaultMaxMessages, DefaultMaxAwaitMs), _turn);
    }

    private TopicPartitionOffset FromNowIfNew(TopicPartitionOffset committed) =>
        committed.Offset != Offset.Unset
            ? committed
            : new TopicPartitionOffset(committed.TopicPartition, _consumer.QueryWatermarkOffsets(committed.TopicPartition, BrokerAnswer).High);

    private Waiting WaitingIn(TopicPartition partition, PartitionWorker worker) =>
        new(_pubSub, partition.Topic, _settings.ConsumerGroup, partition.Partition.Value, NotFetched(partition, worker) + worker.Waiting);

    private long NotFetched(TopicPartition partition, PartitionWorker worker)
    {
        if (_ends is not null)
            return worker.Fetch.Behind;

        var (end, next) = (_consumer.GetWatermarkOffsets(partition).High, _consumer.Position(partition));
        return end.IsSpecial || next.IsSpecial ? 0 : Math.Max(0, end - next);
    }

    private void Release(List<TopicPartitionOffset> partitions)
    {
        var released = partitions.Select(partition => _workers.TryRemove(partition.TopicPartition, out var worker) ? worker : null);
        Task.WhenAll(released.OfType<PartitionWorker>().ToList().Select(worker => worker.DisposeAsync().AsTask())).GetAwaiter().GetResult();
    }

    /// <summary>
    /// How many were handled, from the first on. The others are given up: their offsets are not marked, and the next success passes over
    /// them.
    /// </summary>
    private async Task<int> HandleAsync(Handler handle, IReadOnlyList<ConsumeResult<byte[]?, byte[]>> records, Lifetime lifetime)
    {
        BrokerMessage[] messages = [.. records.Select(record => KafkaMessage.From(record, _pubSub, _settings))];
        var started = TimeProvider.System.GetTimestamp();

        for (var attempt = 1; ; attempt++)
        {
            var failures = await handle(messages, lifetime);
            var handled = Array.FindIndex(failures, failure => failure is not null);

            if (handled < 0)
                return messages.Length;
            if (lifetime.Stopping.IsCancellationRequested)
                return handled;

            var delay = _settings.RetryInPlace ? _settings.Retry.Delay(attempt, TimeProvider.System.GetElapsedTime(started)) : null;
            _log.LogWarning("{PubSub}/{Topic} at {Place}: {Reason}; next attempt in {Delay}",
                _pubSub, messages[handled].Topic, messages[handled].Place, failures[handled]!.Message, delay);

            if (delay is null || !await WaitAsync(delay.Value, lifetime.Stopping))
                return handled;
        }
    }

    /// <summary>False: a stop came in between.</summary>
    private static async Task<bool> WaitAsync(TimeSpan delay, CancellationToken stopping)
    {
        await Task.Delay(delay, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return !stopping.IsCancellationRequested;
    }
}
