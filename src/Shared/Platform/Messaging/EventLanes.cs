namespace ChatApp.Platform.Messaging;

/// <summary>
/// The events of one topic that wait, by key. A key has at most one batch of its events under way, keeps their order, and rests after a failure while the others
/// go on. Memory is bounded, for one key and for all together.
/// </summary>
/// <param name="inRounds">Takes every key that waits once, before it takes one for the second time.</param>
internal sealed class EventLanes(bool inRounds)
{
    /// <summary>One key that can't be published must leave room for the others.</summary>
    public const int MaxOfKey = 1_000;

    private const long MaxSize = 64 * 1024 * 1024;
    private const int MaxMoving = 1_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, EventLane> _lanes = [];
    private readonly Dictionary<object, WaitingEvent> _replaceable = [];
    private readonly List<EventLane> _inFlight = [];
    private Queue<EventLane> _round = new();
    private Queue<EventLane> _ready = new();
    private int _count;
    private int _resting;
    private long _size;

    public int Count => Volatile.Read(ref _count);

    /// <summary>What is told again waits for this, so that it leaves half of the room, and most of the turns, to what is new.</summary>
    public bool HasRoom
    {
        get
        {
            lock (_lock)
                return _size < MaxSize / 2 && _count - _resting < MaxMoving;
        }
    }

    public bool RoundIsOver
    {
        get
        {
            lock (_lock)
                return _round.Count == 0;
        }
    }

    /// <summary>How many events of the key wait or are under way.</summary>
    public int CountOf(string key)
    {
        lock (_lock)
            return _lanes.TryGetValue(key, out var lane) ? lane.Events.Count : 0;
    }

    /// <returns>False when there is no room.</returns>
    public bool TryAdd(WaitingEvent waiting)
    {
        lock (_lock)
        {
            if (waiting.Replaces is { } name && _replaceable.TryGetValue(name, out var other))
            {
                Replace(other, waiting);
                return true;
            }

            if (!_lanes.TryGetValue(waiting.Event.Key, out var lane))
                lane = new EventLane(waiting.Event.Key);
            if (_size >= MaxSize || lane.Events.Count >= MaxOfKey)
                return false;

            Add(lane, waiting);
            return true;
        }
    }

    /// <summary>What goes in the next request. <see cref="Settle"/> follows.</summary>
    public List<OutboxEvent> Take(int most)
    {
        lock (_lock)
        {
            var (batch, size) = (new List<OutboxEvent>(), 0L);
            bool Fits(EventLane lane) => lane.Next is { } next
                && (batch.Count == 0 || (batch.Count < most && !lane.GoesAlone && size + next.Size <= EventPublisher.MaxSize));
            while (NextLane(batch.Count == 0) is { } lane && Fits(lane))
            {
                _round.Dequeue();
                _inFlight.Add(lane);
                lane.State = LaneState.InFlight;
                most = lane.GoesAlone ? 1 : most;
                for (; Fits(lane); lane.InFlight++)
                {
                    var waiting = lane.Next!;
                    if (waiting.Replaces is { } name)
                        _replaceable.Remove(name);
                    size += waiting.Size;
                    batch.Add(waiting.Event);
                }

                lane.HasMore = lane.Next is not null;
            }

            return batch;
        }
    }

    /// <param name="failed">Which of those that were taken stay.</param>
    /// <param name="restFailed">Whether their keys rest, or go into the next batch.</param>
    /// <param name="goAlone">Whether their keys are taken with no others from now on.</param>
    /// <returns>Those that rest until <see cref="Wake"/>.</returns>
    public List<EventLane> Settle(Func<int, bool> failed, bool restFailed, bool goAlone)
    {
        lock (_lock)
        {
            var (place, resting) = (0, new List<EventLane>());
            foreach (var lane in _inFlight)
            {
                var (kept, hasFailed) = (0, false);
                for (var i = 0; i < lane.InFlight; i++, place++)
                {
                    var waiting = lane.Events[i];
                    hasFailed |= failed(place);
                    if (failed(place) && IsNewest(waiting))
                        lane.Events[kept++] = waiting;
                    else
                        Leave(waiting);
                }

                lane.Events.RemoveRange(kept, lane.InFlight - kept);
                lane.Settle(rests: hasFailed && restFailed, goAlone);
                Release(lane, resting);
            }

            _inFlight.Clear();
            return resting;
        }
    }

    public void Wake(EventLane lane)
    {
        lock (_lock)
        {
            _resting -= lane.Events.Count;
            MakeReady(lane, _ready);
        }
    }

    /// <summary>A round has those that waited when it began.</summary>
    private EventLane? NextLane(bool isFirst)
    {
        if (_round.Count == 0 && (isFirst || !inRounds))
            (_round, _ready) = (_ready, _round);
        return _round.TryPeek(out var lane) ? lane : null;
    }

    private void Release(EventLane lane, List<EventLane> resting)
    {
        if (lane.Events.Count == 0)
        {
            _lanes.Remove(lane.Key);
        }
        else if (lane.State is LaneState.Resting)
        {
            _resting += lane.Events.Count;
            resting.Add(lane);
        }
        else
        {
            // What did not fit belongs to the round still.
            MakeReady(lane, lane.HasMore && inRounds ? _round : _ready);
        }
    }

    private void Add(EventLane lane, WaitingEvent waiting)
    {
        _lanes[lane.Key] = lane;
        lane.Events.Add(waiting);
        if (waiting.Replaces is { } name)
            _replaceable[name] = waiting;
        _count++;
        _size += waiting.Size;
        if (lane.State is LaneState.Idle)
            MakeReady(lane, _ready);
        else if (lane.State is LaneState.Resting)
            _resting++;
    }

    private void Replace(WaitingEvent other, WaitingEvent waiting)
    {
        if (waiting.Version < other.Version)
        {
            waiting.Done();
            return;
        }

        other.Done();
        _size += waiting.Size - other.Size;
        other.Become(waiting);
    }

    /// <summary>Of an event that failed: whether no newer one of its name waits by now.</summary>
    private bool IsNewest(WaitingEvent failed)
    {
        if (failed.Replaces is not { } name)
            return true;
        if (_replaceable.TryGetValue(name, out var waiting) && waiting.Version >= failed.Version)
            return false;

        _replaceable[name] = failed;
        return true;
    }

    private void Leave(WaitingEvent waiting)
    {
        _count--;
        _size -= waiting.Size;
        waiting.Done();
    }

    private static void MakeReady(EventLane lane, Queue<EventLane> queue)
    {
        lane.State = LaneState.Ready;
        queue.Enqueue(lane);
    }
}
