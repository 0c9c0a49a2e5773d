using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Events of one topic on their way to the broker. Those that wait while a request is under way go together in the next one, so that a batch grows with the load
/// and an event on its own waits for nothing. A key keeps its order: a failed event holds up its own key, and no other.
/// </summary>
/// <param name="interval">The shortest time between two requests.</param>
internal sealed class EventQueue(EventPublisher publisher, TimeSpan interval, TimeProvider time, ILogger logger, CancellationToken stopping)
{
    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Lane> _lanes = [];
    private readonly Queue<Lane> _ready = new();
    private readonly Dictionary<object, Waiting> _replaceable = [];
    private int _count;
    private int _batch = EventPublisher.MaxBatch;
    private bool _running;
    private DateTimeOffset _warned;

    public int Count => Volatile.Read(ref _count);

    /// <summary>How many events of the key wait.</summary>
    public int CountOf(string key)
    {
        lock (_lock)
            return _lanes.TryGetValue(key, out var lane) ? lane.Events.Count : 0;
    }

    /// <param name="replaces">Names the state that the event tells of: one that waits with the same name is not published any more.</param>
    /// <param name="done">Called when the broker has it, or when a newer one took its place.</param>
    public void Add(OutboxEvent stored, object? replaces, Action done)
    {
        lock (_lock)
        {
            if (replaces is not null && _replaceable.TryGetValue(replaces, out var older))
            {
                older.Done();
                (older.Event, older.Done) = (stored, done);
                return;
            }

            if (!_lanes.TryGetValue(stored.Key, out var lane))
                _lanes[stored.Key] = lane = new Lane(stored.Key);
            var waiting = new Waiting(stored, replaces, done);
            lane.Events.AddLast(waiting);
            if (replaces is not null)
                _replaceable[replaces] = waiting;
            _count++;
            MakeReady(lane);
            if (_running)
                return;

            _running = true;
        }

        _ = Task.Run(RunAsync);
    }

    private async Task RunAsync()
    {
        var rest = TimeSpan.Zero;
        while (!stopping.IsCancellationRequested && Take() is { } batch)
        {
            rest = await PublishAsync(batch, rest);
            await Task.Delay(rest > interval ? rest : interval, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private List<Waiting>? Take()
    {
        lock (_lock)
        {
            List<Waiting> batch = [];
            while (batch.Count < _batch && _ready.TryDequeue(out var lane))
            {
                while (batch.Count < _batch && lane.Events.First is { } next)
                {
                    lane.Events.RemoveFirst();
                    if (next.Value.Replaces is { } name)
                        _replaceable.Remove(name);
                    batch.Add(next.Value);
                }

                lane.State = LaneState.InFlight;
            }

            _running = batch.Count > 0;
            return _running ? batch : null;
        }
    }

    /// <returns>How long to rest before the next request.</returns>
    private async Task<TimeSpan> PublishAsync(List<Waiting> batch, TimeSpan rested)
    {
        try
        {
            var failed = await publisher.PublishAsync([.. batch.Select(waiting => waiting.Event)], stopping);
            _batch = Math.Min(EventPublisher.MaxBatch, _batch * 2);
            if (failed.Count > 0)
                Warn(batch[failed.First()].Event.Key, "the broker did not take them");
            Settle(batch, failed.Contains, restFailed: true);
            return TimeSpan.Zero;
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            if (!stopping.IsCancellationRequested)
                Warn(batch[0].Event.Key, exception.Message);
            // One that no request can carry must not hold up the others: it is found by ever smaller batches.
            var alone = _batch == 1;
            _batch = Math.Max(1, _batch / 2);
            Settle(batch, _ => true, restFailed: alone);
            return alone ? TimeSpan.Zero : Longer(rested);
        }
    }

    private void Settle(List<Waiting> batch, Func<int, bool> failed, bool restFailed)
    {
        lock (_lock)
        {
            for (var i = batch.Count - 1; i >= 0; i--)
            {
                var waiting = batch[i];
                var lane = _lanes[waiting.Event.Key];
                if (!failed(i))
                {
                    _count--;
                    waiting.Done();
                    continue;
                }

                lane.Failed = true;
                if (waiting.Replaces is not { } name || _replaceable.TryAdd(name, waiting))
                {
                    lane.Events.AddFirst(waiting);
                }
                else
                {
                    // A newer state has come meanwhile.
                    _count--;
                    waiting.Done();
                }
            }

            foreach (var lane in batch.Select(waiting => _lanes.GetValueOrDefault(waiting.Event.Key)).OfType<Lane>().Distinct())
                Release(lane, restFailed);
        }
    }

    private void Release(Lane lane, bool restFailed)
    {
        lane.State = LaneState.Idle;
        if (lane.Failed && restFailed)
        {
            lane.Rest = Longer(lane.Rest);
            lane.State = LaneState.Resting;
            _ = WakeAsync(lane);
        }
        else if (lane.Events.Count == 0)
        {
            _lanes.Remove(lane.Key);
        }
        else
        {
            if (!lane.Failed)
                lane.Rest = TimeSpan.Zero;
            MakeReady(lane);
        }

        lane.Failed = false;
    }

    private async Task WakeAsync(Lane lane)
    {
        await Task.Delay(lane.Rest, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            lane.State = LaneState.Idle;
            MakeReady(lane);
            if (_running || stopping.IsCancellationRequested)
                return;

            _running = true;
        }

        await RunAsync();
    }

    private void MakeReady(Lane lane)
    {
        if (lane.State is not LaneState.Idle)
            return;

        lane.State = LaneState.Ready;
        _ready.Enqueue(lane);
    }

    /// <summary>A broker that is down fails everything: a line now and then says so.</summary>
    private void Warn(string key, string reason)
    {
        if (time.GetUtcNow() - _warned < LongestRest)
            return;

        _warned = time.GetUtcNow();
        logger.LogWarning("Events of {Key} wait in the outbox, and maybe others: {Reason}", key, reason);
    }

    private static TimeSpan Longer(TimeSpan rest) =>
        rest == TimeSpan.Zero ? ShortestRest : rest * 2 < LongestRest ? rest * 2 : LongestRest;

    private enum LaneState
    {
        Idle,
        Ready,
        InFlight,
        Resting,
    }

    private sealed class Lane(string key)
    {
        public string Key => key;

        public LinkedList<Waiting> Events { get; } = new();

        public LaneState State { get; set; }

        public bool Failed { get; set; }

        public TimeSpan Rest { get; set; }
    }

    private sealed class Waiting(OutboxEvent stored, object? replaces, Action done)
    {
        public OutboxEvent Event { get; set; } = stored;

        public object? Replaces => replaces;

        public Action Done { get; set; } = done;
    }
}
