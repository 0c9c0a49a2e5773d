using System.Threading.Channels;
using ChatApp.Platform.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// What one relay does while it has the lock. Each key is a lane of its own: its events go out one after the other, lanes run side by side, and none waits for
/// another. A lane that fails rests for a while, longer each time. What is published is deleted in bulk, and only then is its key read again.
/// </summary>
internal sealed class OutboxLanes(NpgsqlDataSource db, EventPublisher publisher, ILogger logger)
{
    private const int BatchSize = 500;

    /// <summary>So that a long backlog, or a broker that takes nothing, does not become as many waiting publishes. Keys beyond wait for one of these.</summary>
    private const int MaxLanes = 500;

    private static readonly TimeSpan ShortestRest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestRest = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, Task> _lanes = [];
    private readonly Dictionary<string, TimeSpan> _rests = [];
    private readonly Channel<long> _published = Channel.CreateUnbounded<long>();
    private readonly Channel<Lane> _ended = Channel.CreateUnbounded<Lane>();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private DateTimeOffset _warned;

    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            while (true)
            {
                await ForgetAsync(ct);
                if (_lanes.Count >= MaxLanes || await StartAsync(stop.Token) < BatchSize)
                    await _wake.Reader.ReadAsync(ct);
                else
                    _wake.Reader.TryRead(out _);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_lanes.Values);
            await ForgetAsync(CancellationToken.None);
        }
    }

    /// <returns>How many events were found.</returns>
    private async Task<int> StartAsync(CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>(
            """
            SELECT position, id, topic, type, key, payload, trace_parent, at
            FROM outbox_events
            WHERE key <> ALL(@busy)
            ORDER BY position
            LIMIT @BatchSize
            """,
            new { busy = _lanes.Keys.ToArray(), BatchSize },
            ct);
        foreach (var events in rows.GroupBy(row => row.Key))
            _lanes.Add(events.Key, PublishAsync(new Lane(events.Key, [.. events]), ct));

        return rows.Count;
    }

    private async Task PublishAsync(Lane lane, CancellationToken ct)
    {
        try
        {
            foreach (var row in lane.Events)
            {
                await publisher.PublishAsync(new OutboxEvent(row.Id, row.Topic, row.Type, row.Key, row.Payload, row.TraceParent, row.At), ct);
                _published.Writer.TryWrite(row.Position);
            }

            _ended.Writer.TryWrite(lane);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            await RestAsync(lane, exception, ct);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            // Stopping: what is left is published by the next relay.
        }

        Wake();
    }

    private async Task RestAsync(Lane lane, Exception exception, CancellationToken ct)
    {
        TimeSpan rest;
        lock (_rests)
        {
            rest = _rests.TryGetValue(lane.Key, out var last) ? (last * 2 < LongestRest ? last * 2 : LongestRest) : ShortestRest;
            _rests[lane.Key] = rest;

            // A broker that is down fails every lane: one line says so.
            if (DateTimeOffset.UtcNow - _warned > LongestRest)
            {
                _warned = DateTimeOffset.UtcNow;
                logger.LogWarning("Events of {Key} wait in the outbox, and maybe others: {Reason}", lane.Key, exception.Message);
            }
        }

        // What went out before the failure is forgotten meanwhile.
        Wake();
        await Task.Delay(rest, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ended.Writer.TryWrite(lane with { Failed = true });
    }

    private async Task ForgetAsync(CancellationToken ct)
    {
        // A lane that has ended has said what it published: read in this order, no lane is let go before its events are deleted.
        List<Lane> ended = [];
        while (_ended.Reader.TryRead(out var lane))
            ended.Add(lane);
        List<long> published = [];
        while (_published.Reader.TryRead(out var position))
            published.Add(position);

        if (published.Count > 0)
            await db.ExecuteAsync("DELETE FROM outbox_events WHERE position = ANY(@published)", new { published }, ct);

        foreach (var lane in ended)
        {
            _lanes.Remove(lane.Key);
            if (!lane.Failed)
            {
                lock (_rests)
                    _rests.Remove(lane.Key);
            }
        }
    }

    private sealed record Lane(string Key, IReadOnlyList<Row> Events, bool Failed = false);

    private sealed record Row(long Position, Guid Id, string Topic, string Type, string Key, string Payload, string? TraceParent, DateTimeOffset At);
}
