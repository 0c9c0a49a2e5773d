using ChatApp.Platform;

namespace ChatApp.Testing;

/// <summary>The system's clock, which a test can put forward.</summary>
public sealed class TestClock : TimeProvider
{
    private readonly MillisecondClock _real = new();
    private long _ahead;

    public override DateTimeOffset GetUtcNow() => _real.GetUtcNow().AddTicks(Volatile.Read(ref _ahead));

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);
}
