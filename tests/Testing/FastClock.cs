using System.Diagnostics;

namespace ChatApp.Testing;

/// <summary>A clock that runs faster than the system's, intervals and timeouts too: what takes minutes takes a test seconds.</summary>
public sealed class FastClock(double speed) : TimeProvider
{
    private readonly DateTimeOffset _started = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
    private readonly long _startedAt = Stopwatch.GetTimestamp();

    public override DateTimeOffset GetUtcNow()
    {
        var elapsed = Stopwatch.GetElapsedTime(_startedAt) * speed;
        return _started.AddTicks(elapsed.Ticks - (elapsed.Ticks % TimeSpan.TicksPerMillisecond));
    }

    public override long GetTimestamp() => _startedAt + (long)((Stopwatch.GetTimestamp() - _startedAt) * speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        new Timer(System.CreateTimer(callback, state, Shortened(dueTime), Shortened(period)), this);

    private TimeSpan Shortened(TimeSpan time) =>
        time == Timeout.InfiniteTimeSpan || time == TimeSpan.Zero ? time : TimeSpan.FromMilliseconds(Math.Max(1, time.TotalMilliseconds / speed));

    private sealed class Timer(ITimer timer, FastClock clock) : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => timer.Change(clock.Shortened(dueTime), clock.Shortened(period));

        public void Dispose() => timer.Dispose();

        public ValueTask DisposeAsync() => timer.DisposeAsync();
    }
}
