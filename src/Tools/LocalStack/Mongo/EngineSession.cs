using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What one client connection needs of the engine: its commands, prepared once, and a pooled connection while one of them runs.</summary>
internal sealed class EngineSession(Engine engine) : IAsyncDisposable
{
    private const int MaxAttempts = 100;

    private readonly Dictionary<Statement, NpgsqlCommand> _commands = [];
    private readonly NpgsqlConnection _pooled = engine.Database.CreateConnection();

    /// <summary>The command of a statement with its leading parameters set: the database first, then the command document, unless given otherwise.</summary>
    public NpgsqlCommand Prepare(Statement statement, params ReadOnlySpan<string> texts)
    {
        if (!_commands.TryGetValue(statement, out var command))
            _commands[statement] = command = statement.ToCommand();

        var next = 0;
        foreach (var parameter in command.Parameters)
        {
            if (parameter is NpgsqlParameter<string> text)
                text.TypedValue = texts[next++];
        }

        return command;
    }

    public async Task<Outcome> RunAsync(Statement statement, NpgsqlCommand command, Request request, Reply reply, CancellationToken ct)
    {
        if (request.InTransaction)
            return await RunInTransactionAsync(statement, command, request, reply, ct);

        var turn = false;
        try
        {
            for (var attempt = 1; ; attempt++)
            {
                try
                {
                    await Engine.OpenAsync(_pooled, ct);
                    return await OnceAsync(statement, command, _pooled, reply, ct);
                }
                catch (PostgresException e) when (e.SqlState is "40P01" or "40001" && attempt < MaxAttempts)
                {
                    await _pooled.CloseAsync();
                    if (!turn)
                        await engine.Contention.WaitAsync(ct);
                    turn = true;
                }
                catch (NpgsqlException e) when (statement.IsRead && attempt < 3 && Engine.IsAway(e))
                {
                }
                finally
                {
                    await _pooled.CloseAsync();
                }
            }
        }
        finally
        {
            if (turn)
                engine.Contention.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var command in _commands.Values)
            await command.DisposeAsync();
        await _pooled.DisposeAsync();
    }

    private async Task<Outcome> RunInTransactionAsync(Statement statement, NpgsqlCommand command, Request request, Reply reply, CancellationToken ct)
    {
        var transaction = await engine.Transactions.JoinAsync(request, ct);
        var done = false;

        await transaction.EnterAsync(ct);
        try
        {
            if (transaction.State != TransactionState.Open)
                throw new MongoError(MongoError.NoSuchTransaction, $"Transaction {transaction.Number} is not open.");

            var outcome = await OnceAsync(statement, command, transaction.Connection, reply, ct);
            done = outcome.Succeeded;
            return outcome;
        }
        finally
        {
            transaction.Leave();
            // As in MongoDB, an error ends the transaction, a write error too.
            if (!done)
                await transaction.EndAsync(TransactionState.Aborted);
        }
    }

    private static async Task<Outcome> OnceAsync(Statement statement, NpgsqlCommand command, NpgsqlConnection connection, Reply reply, CancellationToken ct)
    {
        command.Connection = connection;
        await using var reader = await command.ExecuteReaderAsync(ct);

        if (!await reader.ReadAsync(ct))
            return new Outcome(false);
        if (statement.Row != Row.Nothing)
            reply.Set(reader, 0);

        return statement.Row switch
        {
            Row.FirstPage => new Outcome(true, Continuation(reader), reader.GetInt64(3), reader.GetBoolean(2)),
            Row.NextPage => new Outcome(true, Continuation(reader)),
            Row.Write => new Outcome(reader.GetBoolean(1)),
            _ => new Outcome(true),
        };
    }

    private static byte[]? Continuation(NpgsqlDataReader reader) => reader.IsDBNull(1) ? null : reader.GetFieldValue<byte[]>(1);
}

/// <summary>What the gateway itself must know of a row; the answer to the client is in the reply already.</summary>
/// <param name="Succeeded">False when a write reports errors of its own, or when there was no row.</param>
/// <param name="PinsConnection">The engine would hold the cursor open on the connection that made it.</param>
internal readonly record struct Outcome(bool Succeeded, byte[]? Continuation = null, long CursorId = 0, bool PinsConnection = false);
