using ChatApp.LocalStack.Mongo.Users;
using MongoDB.Bson;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What the gateway does for each command: nearly always one call of the engine with the command as it came.</summary>
internal sealed partial class Commands(Engine engine, EngineSession session, UserTable users, string address)
{
    private const int MaxUpserts = 5;

    private static readonly BsonDocument Ok = new("ok", 1.0);

    private readonly SignIn _signIn = new(users);
    private readonly UserCommands _userCommands = new(users);

    private Request _request = null!;
    private Reply _reply = null!;
    private CancellationToken _ct;

    public async Task AnswerAsync(Request request, Reply reply, CancellationToken ct)
    {
        (_request, _reply, _ct) = (request, reply, ct);
        request.User = _signIn.User;
        try
        {
            Permissions.Demand(request);
            engine.Metrics.Ran(request.Command);
            await DispatchAsync();
        }
        catch (Exception e) when (e is not OperationCanceledException || !ct.IsCancellationRequested)
        {
            reply.Set(MongoError.From(e, request.InTransaction).ToReply(request.InTransaction, request.IsRetryableWrite));
        }
    }

    private Task DispatchAsync() => _request.Command switch
    {
        "find" => PageAsync(Statement.Find),
        "getMore" => GetMoreAsync(),
        "insert" or "update" or "delete" or "findAndModify" => WriteAsync(_request.Command),
        "findandmodify" => WriteAsync("findAndModify"),
        "aggregate" => PageAsync(Statement.Aggregate),
        "count" => RunAsync(Statement.Count),
        "distinct" => RunAsync(Statement.Distinct),
        "commitTransaction" => DoneAsync(engine.Transactions.CommitAsync(_request)),
        "abortTransaction" => DoneAsync(engine.Transactions.AbortAsync(_request)),
        "hello" or "isMaster" or "ismaster" => SetAsync(_signIn.Greet(_request, ServerFacts.Hello(address))),
        "ping" => DoneAsync(RunAsync(Statement.Ping)),
        "killCursors" => KillCursorsAsync(),
        "endSessions" => EndSessionsAsync(),
        "refreshSessions" => SetAsync(Ok),
        "create" => CreateAsync(),
        "createIndexes" => CreateIndexesAsync(),
        "dropIndexes" or "deleteIndexes" => ReencodeAsync(Statement.DropIndexes),
        "collMod" => CollModAsync(),
        "drop" => DropAsync(),
        "dropDatabase" => DropDatabaseAsync(),
        "listCollections" => PageAsync(Statement.ListCollections),
        "listIndexes" => PageAsync(Statement.ListIndexes),
        "explain" => ExplainAsync(),
        "listDatabases" => ListDatabasesAsync(),
        "renameCollection" => RunAsync(Statement.RenameCollection),
        "collStats" => StatsAsync(Statement.CollStats, [_request.Database, Collection]),
        "dbStats" => StatsAsync(Statement.DbStats, [_request.Database]),
        "buildInfo" or "buildinfo" => SetAsync(ServerFacts.BuildInfo()),
        "serverStatus" => SetAsync(engine.Metrics.ToStatus(address)),
        "getParameter" => SetAsync(ServerFacts.Version()),
        "saslStart" or "saslContinue" or "logout" or "connectionStatus" => SetAsync(_signIn.Answer(_request)),
        "createUser" or "updateUser" or "dropUser" or "usersInfo" => UsersAsync(),
        var other => throw new MongoError(MongoError.CommandNotFound, $"no such command: '{other}'"),
    };

    private string Collection => _request.Target ?? throw new MongoError(73, "The command names no collection.");

    private Task SetAsync(BsonDocument reply)
    {
        _reply.Set(reply);
        return Task.CompletedTask;
    }

    private async Task DoneAsync(Task work)
    {
        await work;
        _reply.Set(Ok);
    }

    private async Task UsersAsync() => _reply.Set(await _userCommands.RunAsync(_request, _ct));

    /// <summary>Runs a statement whose only bytes are the command itself.</summary>
    private Task<Outcome> RunAsync(Statement statement)
    {
        var command = session.Prepare(statement, _request.Database);
        BindBody(command);
        return session.RunAsync(statement, command, _request, _reply, _ct);
    }

    private void BindBody(NpgsqlCommand command)
    {
        foreach (var parameter in command.Parameters)
        {
            if (parameter is NpgsqlParameter<ReadOnlyMemory<byte>> bytes)
            {
                bytes.TypedValue = _request.Body;
                return;
            }
        }
    }

    private async Task PageAsync(Statement statement)
    {
        var outcome = await RunAsync(statement);
        if (outcome.Continuation is null)
            return;
        if (outcome.PinsConnection && !_request.InTransaction)
            throw new MongoError(MongoError.BadValue, "The engine can't keep this cursor open beyond its first batch.");

        engine.Keep(outcome.CursorId, outcome.Continuation, _request.User);
    }

    private async Task GetMoreAsync()
    {
        var id = _request.Number;
        var continuation = engine.Take(id, _request.User) ?? throw new MongoError(MongoError.CursorNotFound, $"cursor id {id} not found");

        var command = session.Prepare(Statement.GetMore, _request.Database);
        BindBody(command);
        ((NpgsqlParameter<ReadOnlyMemory<byte>>)command.Parameters[2]).TypedValue = continuation;

        if ((await session.RunAsync(Statement.GetMore, command, _request, _reply, _ct)).Continuation is { } next)
            engine.Keep(id, next, _request.User);
    }

    private async Task WriteAsync(string name)
    {
        var retryId = _request.IsRetryableWrite && _request.SessionId is { } id ? $"{id:N}:{_request.TransactionNumber}" : null;
        var statement = Statement.Write(name, retryId is not null, _request.Documents is not null);

        var command = retryId is null ? session.Prepare(statement, _request.Database) : session.Prepare(statement, _request.Database, retryId);
        BindBody(command);
        if (_request.Documents is { } documents)
            ((NpgsqlParameter<ReadOnlyMemory<byte>>)command.Parameters[^1]).TypedValue = documents;

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var succeeded = (await session.RunAsync(statement, command, _request, _reply, _ct)).Succeeded;
                engine.Metrics.Wrote(name, _reply.Document);
                if (succeeded)
                    return;

                var failed = new FailedWrite(_request, _reply);
                if (attempt < MaxUpserts && failed.IsLostUpsert)
                    continue;

                _reply.Set(failed.ToReply());
                return;
            }
            catch (PostgresException e) when (attempt < MaxUpserts && FailedWrite.IsLostUpsertOf(_request, e))
            {
            }
        }
    }

    private async Task KillCursorsAsync()
    {
        var ids = _request.Decode()["cursors"].AsBsonArray.Select(id => id.ToInt64()).ToArray();
        var known = ids.Where(id => engine.Take(id, _request.User) is not null).ToArray();

        var command = session.Prepare(Statement.KillCursors);
        command.Parameters[0].Value = known;
        if (known.Length > 0)
            await session.RunAsync(Statement.KillCursors, command, _request, _reply, _ct);

        _reply.Set(new BsonDocument
        {
            { "cursorsKilled", new BsonArray(known) },
            { "cursorsNotFound", new BsonArray(ids.Except(known)) },
            { "cursorsAlive", new BsonArray() },
            { "cursorsUnknown", new BsonArray() },
            { "ok", 1.0 },
        });
    }

    private async Task EndSessionsAsync()
    {
        foreach (var ended in _request.Decode()["endSessions"].AsBsonArray)
            await engine.Transactions.EndSessionAsync(_request.User, ended["id"].AsBsonBinaryData.ToGuid(GuidRepresentation.Standard));
        _reply.Set(Ok);
    }

    private async Task ExplainAsync()
    {
        var request = _request.Decode();
        var query = request["explain"].AsBsonDocument;
        var sql = Explain.SqlOf(_request.Database, query, analyze: request.GetValue("verbosity", "allPlansExecution") != "queryPlanner");

        await using var command = engine.Database.CreateCommand(sql);
        _reply.Set(Explain.ToReply(_request.Database, query, (string)(await command.ExecuteScalarAsync(_ct))!));
    }
}
