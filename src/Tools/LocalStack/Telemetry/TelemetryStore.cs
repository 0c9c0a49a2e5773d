namespace ChatApp.LocalStack.Telemetry;

/// <summary>The newest traces, and the last value of each metric; in memory, for one machine's developer.</summary>
internal sealed class TelemetryStore
{
    /// <summary>About 50 MB.</summary>
    private const int MaxSpans = 50_000;

    private readonly Lock _lock = new();
    private readonly Queue<Span> _spans = new();
    private readonly Dictionary<string, Measured> _measurements = [];

    public void Add(IEnumerable<Span> spans)
    {
        lock (_lock)
        {
            foreach (var span in spans)
            {
                _spans.Enqueue(span);
                if (_spans.Count > MaxSpans)
                    _spans.Dequeue();
            }
        }
    }

    public void Add(IEnumerable<Measured> measurements)
    {
        lock (_lock)
        {
            foreach (var measured in measurements)
                _measurements[Key(measured)] = measured;
        }
    }

    /// <summary>
    /// The newest trace that has this id, or a span with this value in one of its attributes (the id of a message or an event); with it what was done for it
    /// in another trace together with others'. Ordered by start; empty when nothing is known.
    /// </summary>
    public IReadOnlyList<Span> Find(string id)
    {
        lock (_lock)
        {
            if (_spans.LastOrDefault(span => span.TraceId == id || span.Attributes.Values.Contains(id)) is not { TraceId: var trace })
                return [];

            return [.. _spans.Where(span => span.TraceId == trace || span.Links.Contains(trace)).OrderBy(span => span.Start)];
        }
    }

    public IReadOnlyList<Measured> Measurements()
    {
        lock (_lock)
            return [.. _measurements.Values];
    }

    private static string Key(Measured measured) =>
        $"{measured.Instance} {measured.Service} {measured.Name} {string.Join(',', measured.Attributes.OrderBy(tag => tag.Key, StringComparer.Ordinal))}";
}
