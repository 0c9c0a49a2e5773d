namespace ChatApp.Platform.Messaging;

internal enum LaneState
{
    Idle,
    Ready,
    InFlight,
    Resting,
}

/// <summary>The events of one key, in their order; the first ones of them may be under way.</summary>
internal sealed class EventLane(string key)
{
    public string Key => key;

    public List<WaitingEvent> Events { get; } = [];

    public int InFlight { get; set; }

    /// <summary>Some did not fit into the request that is under way.</summary>
    public bool HasMore { get; set; }

    public LaneState State { get; set; }

    /// <summary>A request with nothing else was refused: it must not take others with it.</summary>
    public bool GoesAlone { get; private set; }

    /// <summary>How long it rests after a failure, longer each time.</summary>
    public TimeSpan Rest { get; private set; }

    public WaitingEvent? Next => InFlight < Events.Count ? Events[InFlight] : null;

    public void Settle(bool rests, bool goesAlone)
    {
        (InFlight, GoesAlone) = (0, goesAlone);
        State = rests ? LaneState.Resting : LaneState.Idle;
        Rest = rests ? Rests.Longer(Rest) : TimeSpan.Zero;
    }
}

/// <summary>An event in memory; a newer one of the same name may take its place.</summary>
/// <param name="stored">The event.</param>
/// <param name="done">Called when the broker has it, or a newer one is to be published in its place.</param>
/// <param name="replaces">Names the state that the event tells of: of two that wait with one name, only the newer is published.</param>
/// <param name="version">Which of the two that is; of equals the later one.</param>
internal sealed class WaitingEvent(OutboxEvent stored, Action done, object? replaces = null, long version = 0)
{
    /// <summary>What an event takes beside its own text.</summary>
    private const int Overhead = 512;

    public OutboxEvent Event { get; private set; } = stored;

    public Action Done { get; private set; } = done;

    public object? Replaces => replaces;

    public long Version { get; private set; } = version;

    public int Size => Event.Payload.Length + Overhead;

    public void Become(WaitingEvent newer) => (Event, Done, Version) = (newer.Event, newer.Done, newer.Version);
}

/// <summary>Pauses after failures.</summary>
internal static class Rests
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    public static TimeSpan Longer(TimeSpan rest) => rest == TimeSpan.Zero ? Shortest : rest * 2 < Longest ? rest * 2 : Longest;
}
