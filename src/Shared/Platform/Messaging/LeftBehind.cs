using Microsoft.Extensions.Logging;
using MongoDB.Bson;

namespace ChatApp.Platform.Messaging;

/// <summary>What this process wrote and must read again: events that found no room in memory, and writes that were not answered.</summary>
internal sealed class LeftBehind(TimeProvider time, ILogger logger)
{
    private const int MaxTimes = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>A write that was not answered may still come. So it is looked for twice, the second time when it can't come any more.</summary>
    private static readonly TimeSpan SecondLook = TimeSpan.FromSeconds(60);

    private readonly Lock _lock = new();
    private readonly Dictionary<Shortage, Period> _leftOut = [];
    private readonly List<Unanswered> _unanswered = [];

    /// <summary>Whether some were left out already: then later ones wait behind them.</summary>
    public bool Has(Shortage shortage)
    {
        lock (_lock)
            return _leftOut.ContainsKey(shortage);
    }

    /// <param name="shortage">Once that is over, the event is read again.</param>
    /// <param name="at">When its change began.</param>
    /// <param name="open">Where that is still open.</param>
    public void LeaveOut(Shortage shortage, DateTimeOffset at, OpenChanges open)
    {
        lock (_lock)
        {
            if (!_leftOut.TryGetValue(shortage, out var period))
            {
                open.Hold(at);
                _leftOut[shortage] = new Period(at, at);
                return;
            }

            if (at < period.From)
            {
                open.Hold(at);
                open.Close(period.From);
            }

            _leftOut[shortage] = new Period(at < period.From ? at : period.From, at > period.To ? at : period.To);
        }
    }

    /// <param name="at">When the change began, which stays open.</param>
    public void LookFor(DateTimeOffset at)
    {
        lock (_lock)
            _unanswered.Add(new Unanswered(at, time.GetTimestamp(), IsSecond: false));
    }

    /// <param name="writer">This process.</param>
    /// <param name="open">What it has not published.</param>
    /// <param name="announceAsync">Announces documents again, and ends when that is published.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RunAsync(Guid writer, OpenChanges open, Func<BsonDocument, CancellationToken, Task> announceAsync, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            if (TakeLeftOut() is { Count: > 0 } periods)
            {
                var all = ChangedDocuments.Between(writer, periods.Min(period => period.From), periods.Max(period => period.To));
                _ = AgainAsync(() => announceAsync(all, ct), () => periods.ForEach(period => open.Close(period.From)), ct);
            }

            foreach (var writes in TakeUnanswered().Chunk(MaxTimes))
            {
                var all = ChangedDocuments.At(writer, writes.Select(write => write.At));
                _ = AgainAsync(() => announceAsync(all, ct), () => LookedFor(writes, open), ct);
            }
        }
    }

    private List<Period> TakeLeftOut()
    {
        lock (_lock)
        {
            var over = _leftOut.Where(left => left.Key.IsOver).ToList();
            foreach (var (shortage, _) in over)
                _leftOut.Remove(shortage);
            return [.. over.Select(left => left.Value)];
        }
    }

    private List<Unanswered> TakeUnanswered()
    {
        lock (_lock)
        {
            var due = _unanswered.FindAll(write => time.GetElapsedTime(write.Since) >= (write.IsSecond ? SecondLook : Interval));
            _unanswered.RemoveAll(due.Contains);
            return due;
        }
    }

    private void LookedFor(Unanswered[] writes, OpenChanges open)
    {
        foreach (var write in writes.Where(write => write.IsSecond))
            open.Close(write.At);
        lock (_lock)
            _unanswered.AddRange(writes.Where(write => !write.IsSecond).Select(write => write with { IsSecond = true }));
    }

    private async Task AgainAsync(Func<Task> announceAsync, Action done, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await announceAsync();
                done();
                return;
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                logger.LogWarning("What was written and may not be published can't be read now: {Reason}", exception.Message);
                await Task.Delay(Interval, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Both ends included. One hold on <see cref="OpenChanges"/> goes with it, at its beginning.</summary>
    private sealed record Period(DateTimeOffset From, DateTimeOffset To);

    private sealed record Unanswered(DateTimeOffset At, long Since, bool IsSecond);
}

/// <summary>A queue without room, for one key or, where none is named, for anything.</summary>
internal readonly record struct Shortage(EventQueue Queue, string? Key)
{
    public bool IsOver => Key is null ? Queue.HasRoom : Queue.CountOf(Key) == 0;
}
