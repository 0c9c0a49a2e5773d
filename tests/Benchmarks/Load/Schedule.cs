using System.Diagnostics;

namespace ChatApp.Benchmarks.Load;

/// <summary>When each operation of an open loop is due: at a steady rate, whatever happened to those before.</summary>
/// <param name="Start">A timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="Rate">Operations a second.</param>
internal readonly record struct Schedule(long Start, double Rate)
{
    public long At(int operation) => Start + (long)(operation * Stopwatch.Frequency / Rate);

    /// <summary>How many are due until then.</summary>
    public int DueBy(long now)
    {
        var due = (int)Math.Max(0, (now - Start) * Rate / Stopwatch.Frequency);
        while (At(due) <= now)
            due++;
        return due;
    }
}
