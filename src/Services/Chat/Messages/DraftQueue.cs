namespace ChatApp.Chat.Messages;

/// <summary>
/// Messages that wait to be written: per conversation one after the other, and one round at a time for the conversations in which only one waits.
/// </summary>
internal sealed class DraftQueue
{
    private const int MaxBatch = 100;

    /// <summary>More messages than this wait only when the store is down or far too slow.</summary>
    private const int MaxWaiting = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Guid, Lane> _lanes = [];
    private readonly Queue<Lane> _ready = new();
    private int _count;
    private bool _running;

    /// <returns>Whether the caller is to write what waits.</returns>
    /// <exception cref="LogUnavailableException">Too many wait.</exception>
    public bool Add(Draft draft)
    {
        lock (_lock)
        {
            if (_count >= MaxWaiting)
                throw new LogUnavailableException(new TimeoutException("Too many messages wait."));

            _count++;
            if (!_lanes.TryGetValue(draft.ConversationId, out var lane))
            {
                _lanes[draft.ConversationId] = lane = new Lane(draft.ConversationId);
                _ready.Enqueue(lane);
            }

            lane.Waiting.AddLast(draft);
            return !_running && _ready.Count > 0 && (_running = true);
        }
    }

    /// <summary>What can be written now; null when nothing can, and then the caller stops.</summary>
    public Round? Take()
    {
        lock (_lock)
        {
            var round = new Round([], []);
            while (round.Single.Count < MaxBatch && _ready.TryDequeue(out var lane))
            {
                if (lane.Waiting.Count > 1)
                    round.Crowded.Add(Take(lane, MaxBatch));
                else
                    round.Single.AddRange(Take(lane, 1));
            }

            _running = round.Single.Count > 0 || round.Crowded.Count > 0;
            return _running ? round : null;
        }
    }

    /// <summary>A write has ended; those that have to try again come first.</summary>
    /// <returns>Whether the caller is to write what waits.</returns>
    public bool Done(IReadOnlyList<Draft> drafts, List<Draft> again)
    {
        lock (_lock)
        {
            _count -= drafts.Count - again.Count;
            for (var i = again.Count - 1; i >= 0; i--)
                _lanes[again[i].ConversationId].Waiting.AddFirst(again[i]);
            foreach (var id in drafts.Select(draft => draft.ConversationId).Distinct())
            {
                var lane = _lanes[id];
                if (lane.Waiting.Count == 0)
                    _lanes.Remove(id);
                else
                    _ready.Enqueue(lane);
            }

            return !_running && _ready.Count > 0 && (_running = true);
        }
    }

    /// <summary>A change of members goes alone: those behind it are decided on anew.</summary>
    private static List<Draft> Take(Lane lane, int most)
    {
        List<Draft> taken = [];
        while (taken.Count < most && lane.Waiting.First is { } first && (taken.Count == 0 || !(first.Value.IsSystem || taken[0].IsSystem)))
        {
            lane.Waiting.RemoveFirst();
            taken.Add(first.Value);
        }

        return taken;
    }

    /// <param name="Single">At most one of a conversation: in one insert without order no gap can arise.</param>
    /// <param name="Crowded">All of one conversation each.</param>
    public sealed record Round(List<Draft> Single, List<List<Draft>> Crowded);

    private sealed record Lane(Guid ConversationId)
    {
        public LinkedList<Draft> Waiting { get; } = new();
    }
}
