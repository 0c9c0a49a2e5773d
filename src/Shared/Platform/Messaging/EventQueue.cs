using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Events of one topic on their way to the broker. Those that wait while a request is under way go together in the next one, so that a batch grows with the load
/// and an event on its own waits for nothing. An event that fails holds up its own key, and no other.
/// </summary>
internal sealed class EventQueue(EventPublisher publisher, Pace pace, TimeProvider time, ILogger logger)
{
    private readonly EventLanes _lanes = new(inRounds: pace.Interval > TimeSpan.Zero);
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private int _batch = EventPublisher.MaxBatch;
    private long? _warned;
    private TimeSpan _debt;
    private long _debtAt = time.GetTimestamp();

    public int Count => _lanes.Count;

    public bool HasRoom => _lanes.HasRoom;

    public int CountOf(string key) => _lanes.CountOf(key);

    /// <returns>False when there is no room: behind a broker that is away for long, memory stays bounded.</returns>
    public bool TryAdd(WaitingEvent waiting)
    {
        if (!_lanes.TryAdd(waiting))
            return false;

        _wake.Writer.TryWrite(true);
        return true;
    }

    /// <summary>Publishes until it is stopped. What was not answered then stays.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var rest = TimeSpan.Zero;
        while (!ct.IsCancellationRequested)
        {
            if (_lanes.Take(_batch) is not { Count: > 0 } batch)
            {
                Task woken = _wake.Reader.ReadAsync(ct).AsTask();
                await woken.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }

            var outcome = await PublishAsync(batch, rest, ct);
            foreach (var lane in _lanes.Settle(outcome.Failed, outcome.RestFailed, outcome.GoAlone))
                _ = WakeAsync(lane, ct);
            rest = outcome.Rest;
            var pause = _lanes.RoundIsOver ? PauseAfterRound() : TimeSpan.Zero;
            if (pause < rest)
                pause = rest;
            if (pause > TimeSpan.Zero)
                await Task.Delay(pause, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>A leaky bucket (ITU-T I.371, the generic cell rate algorithm): a round costs an interval, and some may be owed.</summary>
    private TimeSpan PauseAfterRound()
    {
        var now = time.GetTimestamp();
        var owed = _debt - time.GetElapsedTime(_debtAt, now);
        _debt = (owed > TimeSpan.Zero ? owed : TimeSpan.Zero) + pace.Interval;
        _debtAt = now;
        return _debt - (pace.Interval * pace.Burst);
    }

    private async Task<Outcome> PublishAsync(List<OutboxEvent> batch, TimeSpan rested, CancellationToken ct)
    {
        try
        {
            var failed = await publisher.PublishAsync(batch, ct);
            _batch = Math.Min(EventPublisher.MaxBatch, _batch * 2);
            if (failed.Count > 0)
                Warn(batch[failed.First()].Key, "the broker did not take them");
            return new Outcome(failed.Contains, RestFailed: true, GoAlone: false, TimeSpan.Zero);
        }
        catch (HttpRequestException exception) when (exception.StatusCode is not null)
        {
            // One that no request can carry must not hold up the others: it is found by ever smaller batches.
            Warn(batch[0].Key, exception.Message);
            _batch = Math.Max(1, batch.Count / 2);
            return new Outcome(_ => true, RestFailed: batch.Count == 1, GoAlone: batch.Count == 1, Rests.Shortest);
        }
        catch (Exception exception)
        {
            if (!ct.IsCancellationRequested)
                Warn(batch[0].Key, exception.Message);
            return new Outcome(_ => true, RestFailed: false, GoAlone: false, Rests.Longer(rested));
        }
    }

    private async Task WakeAsync(EventLane lane, CancellationToken ct)
    {
        await Task.Delay(lane.Rest, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _lanes.Wake(lane);
        _wake.Writer.TryWrite(true);
    }

    /// <summary>A broker that is down fails everything: a line now and then says so.</summary>
    private void Warn(string key, string reason)
    {
        if (_warned is { } last && time.GetElapsedTime(last) < Rests.Longest)
            return;

        _warned = time.GetTimestamp();
        logger.LogWarning("Events of {Key} wait in the outbox, and maybe others: {Reason}", key, reason);
    }

    /// <param name="Failed">Which events of the batch stay.</param>
    /// <param name="RestFailed">Whether it is up to them.</param>
    /// <param name="GoAlone">Whether they failed alone.</param>
    /// <param name="Rest">How long nothing is published.</param>
    private sealed record Outcome(Func<int, bool> Failed, bool RestFailed, bool GoAlone, TimeSpan Rest);
}
