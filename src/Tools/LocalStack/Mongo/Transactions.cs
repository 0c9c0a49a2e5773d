using System.Collections.Concurrent;
using ChatApp.LocalStack.Mongo.Users;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>Multi-document transactions: each has a connection of its own, found by its user and the session that every command of it names.</summary>
internal sealed class Transactions(Engine engine) : IAsyncDisposable
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60), Remembered = TimeSpan.FromMinutes(30);

    private readonly ConcurrentDictionary<(User? User, Guid Id), Transaction> _bySession = new();

    public async Task<Transaction> JoinAsync(Request request, CancellationToken ct)
    {
        var (session, number) = IdOf(request);

        if (!request.StartsTransaction)
        {
            return _bySession.TryGetValue(session, out var open) && open.Number == number && open.State == TransactionState.Open
                ? open
                : throw NoSuch(number);
        }

        var started = new Transaction(number, engine.Database.CreateConnection());
        await started.BeginAsync(ct);

        Transaction? before = null;
        _bySession.AddOrUpdate(session, started, (_, old) =>
        {
            before = old;
            return started;
        });

        if (before is not null)
            await before.EndAsync(TransactionState.Aborted);

        return started;
    }

    /// <summary>Committing twice is allowed: a client that did not hear the first answer asks again.</summary>
    public async Task CommitAsync(Request request)
    {
        var transaction = Find(request);
        if (transaction.State == TransactionState.Aborted || !await transaction.EndAsync(TransactionState.Committed))
            throw NoSuch(transaction.Number);
    }

    public async Task AbortAsync(Request request)
    {
        var transaction = Find(request);
        if (transaction.State == TransactionState.Committed)
            throw new MongoError(256, $"Transaction {transaction.Number} has been committed.");
        if (transaction.State == TransactionState.Aborted)
            throw NoSuch(transaction.Number);

        await transaction.EndAsync(TransactionState.Aborted);
    }

    public async Task EndSessionAsync(User? user, Guid session)
    {
        if (_bySession.TryRemove((user, session), out var transaction))
            await transaction.EndAsync(TransactionState.Aborted);
    }

    public async Task SweepAsync()
    {
        foreach (var (session, transaction) in _bySession)
        {
            if (transaction.Age > Lifetime)
                await transaction.EndAsync(TransactionState.Aborted);
            if (transaction.Age > Remembered)
                _bySession.TryRemove(session, out _);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var (user, session) in _bySession.Keys)
            await EndSessionAsync(user, session);
    }

    private Transaction Find(Request request)
    {
        var (session, number) = IdOf(request);
        return _bySession.TryGetValue(session, out var transaction) && transaction.Number == number ? transaction : throw NoSuch(number);
    }

    private static ((User? User, Guid Id) Session, long Number) IdOf(Request request) =>
        request is { SessionId: { } session, TransactionNumber: { } number }
            ? ((request.User, session), number)
            : throw new MongoError(MongoError.BadValue, "A transaction needs a session and a number.");

    private static MongoError NoSuch(long number) => new(MongoError.NoSuchTransaction, $"Transaction {number} is not open.");
}

internal enum TransactionState { Open, Committed, Aborted }

internal sealed class Transaction(long number, NpgsqlConnection connection)
{
    private SemaphoreSlim Turn { get; } = new(1);
    private long _usedAt = Environment.TickCount64;

    public long Number => number;
    public NpgsqlConnection Connection => connection;
    public TransactionState State { get; private set; }
    public TimeSpan Age => TimeSpan.FromMilliseconds(Environment.TickCount64 - _usedAt);

    public async Task BeginAsync(CancellationToken ct)
    {
        await Engine.OpenAsync(connection, ct);
        // A conflict must not wait for long: the client is told to try the whole transaction again.
        await RunAsync("BEGIN ISOLATION LEVEL REPEATABLE READ; SET LOCAL lock_timeout = '100ms'", ct);
    }

    public async Task EnterAsync(CancellationToken ct)
    {
        await Turn.WaitAsync(ct);
        _usedAt = Environment.TickCount64;
    }

    public void Leave() => Turn.Release();

    /// <summary>False when the transaction ended otherwise before, or could not be committed.</summary>
    public async Task<bool> EndAsync(TransactionState end)
    {
        await Turn.WaitAsync();
        try
        {
            if (State != TransactionState.Open)
                return State == end;

            State = TransactionState.Aborted;
            await RunAsync(end == TransactionState.Committed ? "COMMIT" : "ROLLBACK", CancellationToken.None);
            State = end;
            return true;
        }
        catch (NpgsqlException) when (end == TransactionState.Aborted)
        {
            return true;
        }
        finally
        {
            if (connection.State != System.Data.ConnectionState.Closed)
                await connection.CloseAsync();
            Turn.Release();
        }
    }

    private async Task RunAsync(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }
}
