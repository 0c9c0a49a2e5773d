using ChatApp.Platform.Database;
using Dapper;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Publishes what committed: woken by the commit, with a sweep behind it. One relay works at a time, however many replicas run, because it holds an advisory
/// lock on a connection; when that breaks, whoever waits for the lock goes on. A crash publishes again and never loses.
/// </summary>
internal sealed class PostgresOutboxRelay(NpgsqlDataSource db, EventPublisher publisher, TimeProvider time, ILogger<PostgresOutboxRelay> logger)
    : BackgroundService, IOutbox
{
    /// <summary>Any number will do: advisory locks are per database, and a database has one service.</summary>
    private const long LockKey = 0x6F7574626F78;

    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);

    public Task<OutboxBacklog> BacklogAsync(CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<OutboxBacklog>(
            """
            SELECT (SELECT count(*) FROM (SELECT position FROM outbox_events ORDER BY position LIMIT @Max) AS first) AS waiting,
                (SELECT at FROM outbox_events ORDER BY position LIMIT 1) AS oldest
            """,
            new { OutboxBacklog.Max },
            ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await RelayAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or HttpRequestException or TimeoutException)
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
            using var turn = CancellationTokenSource.CreateLinkedTokenSource(ct);
            var reader = new PostgresOutboxReader(db, publisher, time, logger);
            Task[] working = [ListenAsync(connection, reader.Wake, turn.Token), reader.RunAsync(turn.Token)];
            // Whichever ends first, the other must end too before the lock goes to somebody else.
            await Task.WhenAny(working);
            await turn.CancelAsync();
            await Task.WhenAll(working);
        }
        finally
        {
            // The connection goes back to the pool: it must not take the lock along.
            if (connection.State == System.Data.ConnectionState.Open)
                await connection.ExecuteAsync("UNLISTEN *; SELECT pg_advisory_unlock_all()");
        }
    }

    /// <summary>Wakes at every commit and at every sweep, which also finds out whether the connection, and with it the lock, is still there.</summary>
    private static async Task ListenAsync(NpgsqlConnection connection, Action wake, CancellationToken ct)
    {
        while (true)
        {
            wake();
            if (!await connection.WaitAsync(SweepInterval, ct))
                await connection.ExecuteAsync(new CommandDefinition("SELECT 1", cancellationToken: ct));
        }
    }
}
