using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using ChatApp.LocalStack.Sidecar.Policies;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>
/// One member of an app's consumer group on a component, for all topics that the app subscribes to there. Partitions are worked off side
/// by side, each one message at a time; an offset counts only after its message was handled.
/// </summary>
internal sealed class KafkaConsumer : IBrokerConsumer
{
    // A real broker answers a waiting fetch when a message arrives; the mock cluster lets it wait to the end. So the wait is short where
    // people look on (a group that starts at newest), and longer where an idle group should cost little.
    private const int LiveFetchMs = 2;
    private const int PatientFetchMs = 10;

    private static readonly TimeSpan BrokerAnswer = TimeSpan.FromSeconds(10);

    private readonly KafkaSettings _settings;
    private readonly string _pubSub;
    private readonly IReadOnlyDictionary<string, Batching?> _topics;
    private readonly Func<BrokerMessage, Lifetime, Task> _handle;
    private readonly Func<IReadOnlyList<BrokerMessage>, Lifetime, Task<IReadOnlyList<BrokerMessage>>> _handleBatch;
    private readonly ILogger _log;
    private readonly IConsumer<byte[]?, byte[]> _consumer;
    private readonly ConcurrentDictionary<TopicPartition, PartitionWorker> _workers = new();
    private readonly TaskCompletionSource _assigned = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public KafkaConsumer(
        string pubSub,
        KafkaSettings settings,
        IReadOnlyDictionary<string, Batching?> topics,
        Func<BrokerMessage, Lifetime, Task> handle,
        Func<IReadOnlyList<BrokerMessage>, Lifetime, Task<IReadOnlyList<BrokerMessage>>> handleBatch,
        ILogger log)
    {
        (_pubSub, _settings, _topics, _handle, _handleBatch, _log) = (pubSub, settings, topics, handle, handleBatch, log);
        _consumer = Build();
        _consumer.Subscribe(topics.Keys);
        _loop = Task.Factory.StartNew(Consume, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Done when the group gave this member its partitions for the first time, and their starting points are fixed.</summary>
    public Task Ready => _assigned.Task;

    /// <summary>By what the consumer knows anyway: no request is made for it.</summary>
    public Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct)
    {
        try
        {
            return Task.FromResult<IReadOnlyList<Waiting>>([.. _workers.Select(assigned =>
                new Waiting(_pubSub, assigned.Key.Topic, _settings.ConsumerGroup, assigned.Key.Partition.Value, NotFetched(assigned.Key) + assigned.Value.Waiting))]);
        }
        catch (Exception e) when (e is KafkaException or ObjectDisposedException)
        {
            return Task.FromResult<IReadOnlyList<Waiting>>([]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
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
            AllowAutoCreateTopics = true,
            PartitionAssignmentStrategy = _settings.Assignment,
            SessionTimeoutMs = (int)_settings.SessionTimeout.TotalMilliseconds,
            HeartbeatIntervalMs = (int)_settings.HeartbeatInterval.TotalMilliseconds,
            FetchMinBytes = _settings.FetchMinBytes,
            MaxPartitionFetchBytes = _settings.FetchBytes,
            FetchWaitMaxMs = _settings.StartAtOldest ? PatientFetchMs : LiveFetchMs,
            // Kept short for the same reason as the wait: a topic that appears later, a broker that comes back.
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
                if (_consumer.Consume(_stop.Token) is { Message: not null } record
                    && _workers.GetValueOrDefault(record.TopicPartition) is { } worker)
                    worker.Add(record);
            }
            catch (OperationCanceledException)
            {
                break;
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

    private List<TopicPartitionOffset> Assign(List<TopicPartition> partitions)
    {
        var starts = partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Unset)).ToList();

        // "Newest" is decided now and not at the first fetch: what is published from here on counts.
        if (!_settings.StartAtOldest)
            starts = [.. _consumer.Committed(partitions, BrokerAnswer).Select(FromNowIfNew)];

        foreach (var partition in partitions)
            _workers[partition] = new PartitionWorker(HandleAsync, _topics[partition.Topic], _consumer, partition);

        _assigned.TrySetResult();
        return starts;
    }

    private TopicPartitionOffset FromNowIfNew(TopicPartitionOffset committed) =>
        committed.Offset != Offset.Unset
            ? committed
            : new TopicPartitionOffset(committed.TopicPartition, _consumer.QueryWatermarkOffsets(committed.TopicPartition, BrokerAnswer).High);

    private long NotFetched(TopicPartition partition)
    {
        var (end, next) = (_consumer.GetWatermarkOffsets(partition).High, _consumer.Position(partition));
        return end.IsSpecial || next.IsSpecial ? 0 : Math.Max(0, end - next);
    }

    private void Release(List<TopicPartitionOffset> partitions)
    {
        var released = partitions.Select(partition => _workers.TryRemove(partition.TopicPartition, out var worker) ? worker : null);
        Task.WhenAll(released.OfType<PartitionWorker>().ToList().Select(worker => worker.DisposeAsync().AsTask())).GetAwaiter().GetResult();
    }

    /// <summary>False: given up, the offset is not marked; the next success passes over it.</summary>
    private async Task<bool> HandleAsync(IReadOnlyList<ConsumeResult<byte[]?, byte[]>> records, Lifetime lifetime)
    {
        BrokerMessage[] messages =
            [.. records.Select(record => new BrokerMessage(_pubSub, record.Topic, record.Message.Value, Metadata(record), $"{record.Partition.Value}:{record.Offset.Value}"))];
        var started = TimeProvider.System.GetTimestamp();

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await HandleAsync(messages, lifetime);
                return true;
            }
            catch (Exception e) when (!lifetime.Stopping.IsCancellationRequested)
            {
                var delay = _settings.RetryInPlace ? _settings.Retry.Delay(attempt, TimeProvider.System.GetElapsedTime(started)) : null;
                _log.LogWarning("{PubSub}/{Topic}: {Reason}; next attempt in {Delay}", _pubSub, messages[0].Topic, e.Message, delay);

                if (delay is null)
                    return false;

                await Task.Delay(delay.Value, lifetime.Stopping);
            }
        }
    }

    private async Task HandleAsync(BrokerMessage[] messages, Lifetime lifetime)
    {
        if (_topics[messages[0].Topic] is null)
            await _handle(messages[0], lifetime);
        // As daprd does: where nothing takes the dead, the whole batch comes again.
        else if (await _handleBatch(messages, lifetime) is { Count: > 0 } failed)
            throw new InvalidOperationException($"{failed.Count} of {messages.Length} messages were not handled");
    }

    /// <summary>The record's own headers come last: a dead letter keeps the topic and offset that it first had.</summary>
    private Dictionary<string, string> Metadata(ConsumeResult<byte[]?, byte[]> record)
    {
        var metadata = new Dictionary<string, string>();

        if (record.Message.Key is { } key)
            metadata["__key"] = Escape(Encoding.UTF8.GetString(key));

        metadata["__offset"] = record.Offset.Value.ToString(CultureInfo.InvariantCulture);
        metadata["__topic"] = record.Topic;
        metadata["__timestamp"] = record.Message.Timestamp.UnixTimestampMs.ToString(CultureInfo.InvariantCulture);
        metadata["__partition"] = record.Partition.Value.ToString(CultureInfo.InvariantCulture);

        foreach (var header in record.Message.Headers)
            metadata[Escape(header.Key)] = Escape(Encoding.UTF8.GetString(header.GetValueBytes() ?? []));

        return metadata;
    }

    private string Escape(string text) => _settings.EscapeHeaders ? Uri.EscapeDataString(text) : text;
}
