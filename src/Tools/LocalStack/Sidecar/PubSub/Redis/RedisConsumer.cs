using System.Threading.Channels;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Sidecar.PubSub.Redis;

/// <summary>
/// One consumer of an app's group. All topics share its workers. A message that was handled is acknowledged, and so is one that was not:
/// only a message whose time ran out, or that a stop or a crash left, is delivered again.
/// </summary>
internal sealed class RedisConsumer : IBrokerConsumer
{
    private const int BlockMs = 500;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LastHandlerLimit = TimeSpan.FromSeconds(4);

    private readonly string _pubSub;
    private readonly RedisSettings _settings;
    private readonly RedisGroup _group;
    private readonly IReadOnlyList<string> _topics;
    private readonly Func<BrokerMessage, Lifetime, Task> _handle;
    private readonly ILogger _log;
    private readonly RedisConnection _reader;
    private readonly Channel<RedisEntry> _queue;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly Task _work;

    public RedisConsumer(
        string pubSub, RedisSettings settings, RedisConnection connection, IReadOnlyList<string> topics,
        Func<BrokerMessage, Lifetime, Task> handle, ILogger log)
    {
        (_pubSub, _settings, _topics, _handle, _log) = (pubSub, settings, topics, handle, log);
        _group = new RedisGroup(settings.Group, connection);
        // A read waits for messages, and what waits on a connection holds up what comes behind it.
        _reader = new RedisConnection(settings.Options);
        _queue = Channel.CreateBounded<RedisEntry>(settings.QueueDepth);
        _work = Task.WhenAll([
            Task.Run(ReadAsync), Task.Run(RedeliverAsync), .. Enumerable.Range(0, settings.Concurrency).Select(_ => Task.Run(WorkAsync))]);
    }

    public Task Ready => _ready.Task;

    public async Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct)
    {
        try
        {
            return await Task.WhenAll(_topics.Select(async topic => new Waiting(_pubSub, topic, _settings.Group, null, await _group.WaitingAsync(topic)))).WaitAsync(ct);
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            return [];
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _abort.CancelAfter(LastHandlerLimit);
        await _work;
        _ready.TrySetCanceled();
        _reader.Dispose();
        _stop.Dispose();
        _abort.Dispose();
    }

    private Task ReadAsync() => RepeatAsync(async () =>
    {
        if (!_ready.Task.IsCompleted)
        {
            foreach (var topic in _topics)
                await _group.CreateAsync(topic);

            _ready.TrySetResult();
        }

        try
        {
            var reader = await _reader.OpenAsync();
            await EnqueueAsync(await _group.ReadAsync(reader, _topics, _settings.QueueDepth, BlockMs));
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOGROUP", StringComparison.Ordinal))
        {
            _log.LogWarning("Redis, consumer of {PubSub}: the group is gone, and made anew: {Reason}", _pubSub, e.Message);
            foreach (var topic in _topics)
                await _group.CreateAsync(topic);
        }
    });

    private async Task RedeliverAsync()
    {
        if (!_settings.Redelivers)
            return;

        await RepeatAsync(async () =>
        {
            await _ready.Task.WaitAsync(_stop.Token);

            foreach (var topic in _topics)
            {
                while (await _group.ClaimAsync(topic, _settings.ProcessingTimeout, _settings.QueueDepth) is { Count: > 0 } left)
                    await EnqueueAsync(left);
            }

            await Task.Delay(_settings.RedeliverInterval, _stop.Token);
        });
    }

    private async Task EnqueueAsync(IReadOnlyList<RedisEntry> entries)
    {
        foreach (var entry in entries)
            await _queue.Writer.WriteAsync(entry, _stop.Token);
    }

    private Task WorkAsync() => RepeatAsync(async () =>
    {
        var entry = await _queue.Reader.ReadAsync(_stop.Token);

        using var deadline = _settings.Redelivers ? new CancellationTokenSource(_settings.ProcessingTimeout) : null;
        if (await HandleAsync(entry, new Lifetime(_stop.Token, _abort.Token, deadline?.Token ?? default)))
            await _group.AcknowledgeAsync(entry);
    });

    /// <summary>False: it stays unacknowledged, and comes again.</summary>
    private async Task<bool> HandleAsync(RedisEntry entry, Lifetime lifetime)
    {
        try
        {
            await _handle(new BrokerMessage(_pubSub, entry.Topic, entry.Data, entry.Metadata, entry.Id), lifetime);
            return true;
        }
        catch (Exception e)
        {
            var comesAgain = lifetime.Stopping.IsCancellationRequested || lifetime.Deadline.IsCancellationRequested;
            _log.LogWarning("{PubSub}/{Topic} at {Place}: {Reason}; {Then}",
                _pubSub, entry.Topic, entry.Id, e.Message, comesAgain ? "it comes again" : "given up");
            return !comesAgain;
        }
    }

    /// <summary>Until the stop, whatever the server is doing.</summary>
    private async Task RepeatAsync(Func<Task> step)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await step();
            }
            catch (Exception e) when (e is RedisException or TimeoutException)
            {
                _log.LogWarning("Redis, consumer of {PubSub}: {Reason}", _pubSub, e.Message);
                await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
            }
        }
    }
}
