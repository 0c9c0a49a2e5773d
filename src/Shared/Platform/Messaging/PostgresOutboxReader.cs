using System.Text;
using System.Threading.Channels;
using ChatApp.Platform.Database;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// What one relay does while it has the lock: it reads what is stored and hands it on by topic. What is published is deleted in bulk, and only then is its key
/// read again.
/// </summary>
internal sealed class PostgresOutboxReader(NpgsqlDataSource db, EventPublisher publisher, TimeProvider time, ILogger logger)
{
    private const int BatchSize = 500;

    /// <summary>So that a long backlog, or a broker that takes nothing, does not become a full memory. Keys beyond wait for one of these.</summary>
    private const int MaxKeys = 500;

    /// <summary>How many events of a key are on their way.</summary>
    private readonly Dictionary<string, int> _busy = [];
    private readonly Dictionary<string, EventQueue> _queues = [];
    private readonly List<Task> _publishing = [];
    private readonly Channel<Row> _published = Channel.CreateUnbounded<Row>();
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Wake() => _wake.Writer.TryWrite(true);

    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        try
        {
            while (true)
            {
                await ForgetAsync(ct);
                if (_busy.Count >= MaxKeys || await ReadAsync(stop.Token) < BatchSize)
                    await _wake.Reader.ReadAsync(ct);
                else
                    _wake.Reader.TryRead(out _);
            }
        }
        finally
        {
            await stop.CancelAsync();
            await Task.WhenAll(_publishing);
            await ForgetAsync(CancellationToken.None);
        }
    }

    /// <returns>How many events were taken.</returns>
    private async Task<int> ReadAsync(CancellationToken ct)
    {
        var rows = await db.QueryAsync<Row>(
            """
            SELECT position, id, topic, type, key, payload, trace_parent, at
            FROM outbox_events
            WHERE key <> ALL(@busy)
            ORDER BY position
            LIMIT @BatchSize
            """,
            new { busy = _busy.Keys.ToArray(), BatchSize },
            ct);
        var taken = 0;
        // In their order: of a key that finds no room nothing goes ahead.
        while (taken < rows.Count && TryPublish(rows[taken], ct))
            taken++;
        return taken;
    }

    private bool TryPublish(Row row, CancellationToken ct)
    {
        if (!_queues.TryGetValue(row.Topic, out var queue))
        {
            _queues[row.Topic] = queue = new EventQueue(publisher, default, time, logger);
            _publishing.Add(Task.Run(() => queue.RunAsync(ct), CancellationToken.None));
        }

        var stored = new OutboxEvent(row.Id, row.Topic, row.Type, row.Key, Encoding.UTF8.GetBytes(row.Payload), row.TraceParent, row.At);
        if (!queue.TryAdd(new WaitingEvent(stored, () => Published(row))))
            return false;

        _busy[row.Key] = _busy.GetValueOrDefault(row.Key) + 1;
        return true;
    }

    private void Published(Row row)
    {
        _published.Writer.TryWrite(row);
        Wake();
    }

    private async Task ForgetAsync(CancellationToken ct)
    {
        List<Row> published = [];
        while (_published.Reader.TryRead(out var row))
            published.Add(row);
        if (published.Count == 0)
            return;

        var positions = published.ConvertAll(row => row.Position);
        await db.ExecuteAsync("DELETE FROM outbox_events WHERE position = ANY(@positions)", new { positions }, ct);
        foreach (var row in published)
        {
            if (--_busy[row.Key] == 0)
                _busy.Remove(row.Key);
        }
    }

    private sealed record Row(long Position, Guid Id, string Topic, string Type, string Key, string Payload, string? TraceParent, DateTimeOffset At);
}
