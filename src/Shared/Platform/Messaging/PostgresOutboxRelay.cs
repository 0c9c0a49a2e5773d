using ChatApp.Platform.Database;
using Dapper;
using Dapr;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Publishes what committed: woken by the commit, with a sweep behind it. One relay works at a time, however many replicas run, because it holds an advisory
/// lock; in order per key, keys side by side. A crash publishes again and never loses.
/// </summary>
internal sealed class PostgresOutboxRelay(NpgsqlDataSource db, EventPublisher publisher, ILogger<PostgresOutboxRelay> logger) : BackgroundService
{
    private const int BatchSize = 500;

    /// <summary>Any number will do: advisory locks are per database, and a database has one service.</summary>
    private const long LockKey = 0x6F7574626F78;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RelayAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or DaprException or TimeoutException)
            {
                logger.LogWarning("Events wait in the outbox: {Reason}", exception.Message);
                await Task.Delay(RetryDelay, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task RelayAsync(CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await connection.ExecuteAsync(new CommandDefinition(
            "SELECT pg_advisory_lock(@LockKey)", new { LockKey }, commandTimeout: 0, cancellationToken: ct));
        try
        {
            await connection.ExecuteAsync(new CommandDefinition("LISTEN outbox_events", cancellationToken: ct));
            while (true)
            {
                if (await PublishBatchAsync(connection, ct) == 0)
                    await connection.WaitAsync(SweepInterval, ct);
            }
        }
        finally
        {
            // The connection goes back to the pool: it must not take the lock along.
            if (connection.State == System.Data.ConnectionState.Open)
                await connection.ExecuteAsync("UNLISTEN *; SELECT pg_advisory_unlock_all()");
        }
    }

    /// <returns>How many events there were.</returns>
    private async Task<int> PublishBatchAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var batch = (await connection.QueryAsync<Row>(new CommandDefinition(
            """
            SELECT position, id, topic, type, key, payload, trace_parent, at
            FROM outbox_events
            ORDER BY position
            LIMIT @BatchSize
            """,
            new { BatchSize },
            cancellationToken: ct))).AsList();
        if (batch.Count == 0)
            return 0;

        List<long> published = [];
        try
        {
            await Task.WhenAll(batch.GroupBy(row => row.Key).Select(rows => PublishInOrderAsync(rows, published, ct)));
        }
        finally
        {
            await connection.ExecuteAsync(new CommandDefinition(
                "DELETE FROM outbox_events WHERE position = ANY(@published)", new { published }, cancellationToken: CancellationToken.None));
        }

        return batch.Count;
    }

    private async Task PublishInOrderAsync(IEnumerable<Row> rows, List<long> published, CancellationToken ct)
    {
        foreach (var row in rows)
        {
            await publisher.PublishAsync(new OutboxEvent(row.Id, row.Topic, row.Type, row.Key, row.Payload, row.TraceParent, row.At), ct);
            lock (published)
                published.Add(row.Position);
        }
    }

    private sealed record Row(long Position, Guid Id, string Topic, string Type, string Key, string Payload, string? TraceParent, DateTimeOffset At);
}
