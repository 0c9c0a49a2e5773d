using ChatApp.LocalStack.Mongo.Users;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>Those that work on databases, collections and indexes as such.</summary>
internal sealed partial class Commands
{
    /// <summary>Those that the user has a role on.</summary>
    private async Task ListDatabasesAsync()
    {
        await RunAsync(Statement.ListDatabases);
        var user = _request.User!;
        if (user.May(Right.Server, "admin"))
            return;

        var answer = Bson.Decode(_reply.Document);
        answer["databases"] = new BsonArray(answer["databases"].AsBsonArray.Where(database => user.Reaches(database["name"].AsString)));
        answer.Remove("totalSize");
        answer.Remove("totalSizeMb");
        SetNormal(answer);
    }

    private async Task CreateAsync()
    {
        var exists = session.Prepare(Statement.Exists, _request.Database, Collection);
        if ((await session.RunAsync(Statement.Exists, exists, _request, _reply, _ct)).Succeeded)
            throw new MongoError(48, $"Collection {_request.Database}.{Collection} already exists.");

        await RunAsync(Statement.Create);
    }

    /// <summary>The engine answers as a sharded cluster does.</summary>
    private async Task CreateIndexesAsync()
    {
        await RunAsync(Statement.CreateIndexes);
        var answer = Bson.Decode(_reply.Document);
        if (answer.TryGetValue("raw", out var raw))
            answer = raw["defaultShard"].AsBsonDocument;

        SetNormal(answer);
    }

    private async Task CollModAsync()
    {
        var command = session.Prepare(Statement.CollMod, _request.Database, Collection);
        BindBody(command);
        await session.RunAsync(Statement.CollMod, command, _request, _reply, _ct);
        SetNormal(Bson.Decode(_reply.Document));
    }

    private async Task ReencodeAsync(Statement statement)
    {
        await RunAsync(statement);
        SetNormal(Bson.Decode(_reply.Document));
    }

    /// <summary>"ok" comes back in several types; a failed answer becomes an error with a name.</summary>
    private void SetNormal(BsonDocument answer)
    {
        var ok = !answer.TryGetValue("ok", out var value) || value.ToBoolean();
        if (!ok && answer.TryGetValue("code", out var code))
            throw new MongoError(code.ToInt32(), answer.GetValue("errmsg", "The command failed.").ToString()!);

        answer["ok"] = ok ? 1.0 : 0.0;
        _reply.Set(answer);
    }

    private async Task DropAsync()
    {
        var command = session.Prepare(Statement.Drop, _request.Database, Collection);
        await session.RunAsync(Statement.Drop, command, _request, _reply, _ct);
        _reply.Set(new BsonDocument { { "ns", $"{_request.Database}.{Collection}" }, { "ok", 1.0 } });
    }

    private async Task DropDatabaseAsync()
    {
        var command = session.Prepare(Statement.DropDatabase, _request.Database);
        await session.RunAsync(Statement.DropDatabase, command, _request, _reply, _ct);
        _reply.Set(new BsonDocument { { "dropped", _request.Database }, { "ok", 1.0 } });
    }

    private async Task StatsAsync(Statement statement, string[] texts)
    {
        var command = session.Prepare(statement, texts);
        await session.RunAsync(statement, command, _request, _reply, _ct);
    }
}
