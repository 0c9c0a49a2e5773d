using System.Collections.Concurrent;
using ChatApp.LocalStack.Mongo.Users;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What the client connections of a gateway share: the pool, the open cursors and the open transactions.</summary>
internal sealed class Engine : IAsyncDisposable
{
    private static readonly TimeSpan CursorLifetime = TimeSpan.FromMinutes(10), RetryLifetime = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan SweepEvery = TimeSpan.FromSeconds(30), RestartLimit = TimeSpan.FromSeconds(20);

    private readonly ConcurrentDictionary<long, Cursor> _cursors = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _sweeper;

    public Engine(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            MaxPoolSize = 64,
            MinPoolSize = 1,
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            CommandTimeout = 0,
            Timeout = 15,
            ApplicationName = "mongo-gateway",
            // Sorted cursors would pin a connection each; a deadlock must surface, or the engine would write it into the answer.
            Options = "-c documentdb.useFileBasedPersistedCursors=on -c documentdb.defaultCursorExpiryTimeLimitSeconds=600"
                + " -c documentdb_core.enableCollation=on -c documentdb.throwDeadlockOnCRUD=on -c deadlock_timeout=20ms",
        };

        Database = NpgsqlDataSource.Create(settings);
        Transactions = new Transactions(this);
        _sweeper = SweepAsync(_stopping.Token);
    }

    public NpgsqlDataSource Database { get; }

    public Transactions Transactions { get; }

    public ServerMetrics Metrics { get; } = new();

    /// <summary>Writers that lost a deadlock go one after the other: that many losers cannot lose again to each other.</summary>
    public SemaphoreSlim Contention { get; } = new(1);

    public void Keep(long id, byte[] continuation, User? owner) => _cursors[id] = new Cursor(continuation, owner, Environment.TickCount64);

    /// <summary>Null when there is no such cursor, and when it is another user's.</summary>
    public byte[]? Take(long id, User? user) =>
        _cursors.TryGetValue(id, out var cursor) && cursor.Owner == user && _cursors.TryRemove(KeyValuePair.Create(id, cursor)) ? cursor.Continuation : null;

    /// <summary>Waits for an engine that is just restarting instead of failing at once.</summary>
    public static async Task OpenAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        for (var since = Environment.TickCount64; ;)
        {
            try
            {
                await connection.OpenAsync(ct);
                return;
            }
            catch (NpgsqlException e) when (IsAway(e) && Environment.TickCount64 - since < RestartLimit.TotalMilliseconds)
            {
                await Task.Delay(200, ct);
            }
        }
    }

    /// <summary>The engine can't be reached, as opposed to: it says no.</summary>
    public static bool IsAway(NpgsqlException error) => error is not PostgresException { SqlState: not ['5', '7', 'P', ..] };

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _sweeper;
        await Transactions.DisposeAsync();
        await Database.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(SweepEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                var oldest = Environment.TickCount64 - (long)CursorLifetime.TotalMilliseconds;
                foreach (var (id, _) in _cursors.Where(cursor => cursor.Value.UsedAt < oldest))
                    _cursors.TryRemove(id, out _);

                await Transactions.SweepAsync();
                await PurgeAsync(ct);
            }
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>The engine remembers every retryable write and forgets none by itself.</summary>
    private async Task PurgeAsync(CancellationToken ct)
    {
        try
        {
            await using var purge = Database.CreateCommand("DELETE FROM documentdb_data.retryable_writes WHERE write_time < now() - $1");
            purge.Parameters.AddWithValue(RetryLifetime);
            await purge.ExecuteNonQueryAsync(ct);
        }
        catch (NpgsqlException)
        {
            // The engine is away; the next turn will do.
        }
    }

    private sealed record Cursor(byte[] Continuation, User? Owner, long UsedAt);
}
