using System.Collections.Concurrent;
using System.Diagnostics;

namespace ChatApp.Benchmarks.Load;

/// <summary>Which message is still to arrive at whom.</summary>
internal sealed class Deliveries
{
    private readonly ConcurrentDictionary<long, Waiting> _waiting = new();
    private long _numbers;

    /// <summary>Where times of recorded messages go.</summary>
    public Latencies Latencies { get; set; } = new();

    /// <summary>The number of a new message, which is to arrive at so many others.</summary>
    public long Expect(Person sender, int others, long since, bool recorded, Action? arrivedEverywhere = null)
    {
        var number = Interlocked.Increment(ref _numbers);
        if (others > 0)
            _waiting[number] = new Waiting(sender, since, recorded ? Latencies : null, arrivedEverywhere) { Others = others };
        return number;
    }

    /// <summary>The message was refused.</summary>
    public void Forget(long number) => _waiting.TryRemove(number, out _);

    /// <summary>A sender's own copy does not count.</summary>
    public void Arrived(Person reader, long number)
    {
        if (!_waiting.TryGetValue(number, out var waiting) || waiting.Sender == reader)
            return;

        waiting.Latencies?.Add(waiting.Since);
        if (Interlocked.Decrement(ref waiting.Others) == 0 && _waiting.TryRemove(number, out _))
            waiting.ArrivedEverywhere?.Invoke();
    }

    /// <summary>Waits for what is still to arrive.</summary>
    /// <returns>How long that took, and how many deliveries never came.</returns>
    public async Task<(TimeSpan Took, int Missing)> DrainAsync(TimeSpan limit, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (!_waiting.IsEmpty && Stopwatch.GetElapsedTime(started) < limit)
            await Task.Delay(5, ct);
        var missing = _waiting.Values.Sum(waiting => waiting.Others);
        _waiting.Clear();
        return (Stopwatch.GetElapsedTime(started), missing);
    }

    private sealed record Waiting(Person Sender, long Since, Latencies? Latencies, Action? ArrivedEverywhere)
    {
        public int Others;
    }
}
