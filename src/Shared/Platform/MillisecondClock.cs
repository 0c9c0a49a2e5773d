namespace ChatApp.Platform;

/// <summary>
/// The system's clock, cut to milliseconds: .NET counts 100 ns, PostgreSQL 1 µs and BSON 1 ms, and an answer must not differ from what is read back.
/// </summary>
public sealed class MillisecondClock : TimeProvider
{
    public override DateTimeOffset GetUtcNow()
    {
        var now = base.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }
}
