using System.Diagnostics;
using ChatApp.Benchmarks.Results;

namespace ChatApp.Benchmarks.Load;

/// <summary>How long many operations took. Each is kept, so percentiles are exact; safe for many threads.</summary>
internal sealed class Latencies
{
    private readonly Lock _lock = new();
    private readonly List<(long Since, double Milliseconds)> _all = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _all.Count;
        }
    }

    /// <param name="since">When the operation began, or should have begun: see <see cref="Schedule"/>.</param>
    public void Add(long since)
    {
        var milliseconds = Stopwatch.GetElapsedTime(since).TotalMilliseconds;
        lock (_lock)
            _all.Add((since, milliseconds));
    }

    /// <summary>In ascending order.</summary>
    public double[] Sorted()
    {
        lock (_lock)
            return [.. _all.Select(one => one.Milliseconds).Order()];
    }

    /// <summary>Those of the operations that began in the last third: they show whether it gets worse.</summary>
    public double[] SortedLastThird()
    {
        lock (_lock)
            return [.. _all.OrderBy(one => one.Since).Skip(_all.Count * 2 / 3).Select(one => one.Milliseconds).Order()];
    }

    /// <summary>A percentile that no value is above says nothing: it is left out.</summary>
    public void AddTo(CaseFigures figures, string name)
    {
        var sorted = Sorted();
        foreach (var p in (double[])[50, 95, 99, 99.9])
        {
            if (Math.Round(sorted.Length * (100 - p), 6) >= 100)
                figures.Add(FormattableString.Invariant($"{name} p{p}"), "ms", Statistics.Percentile(sorted, p));
        }
    }
}
