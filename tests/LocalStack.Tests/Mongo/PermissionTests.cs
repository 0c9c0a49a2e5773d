using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>A user of each role on one database, and another database that is nothing to any of them.</summary>
public sealed class RoleHolders : IAsyncLifetime
{
    private readonly Dictionary<string, MongoClient> _clients = [];

    public static readonly IReadOnlyList<string> Roles = ["read", "readWrite", "dbAdmin", "userAdmin", "dbOwner"];

    public MongoServer Mongo { get; } = new();

    public MongoServer Other { get; } = new();

    public string OtherName => Other.Database.DatabaseNamespace.DatabaseName;

    public string Name => Mongo.Database.DatabaseNamespace.DatabaseName;

    public async ValueTask InitializeAsync()
    {
        foreach (var role in Roles)
            _clients[role] = new MongoClient(await Mongo.UserAsync($"['{role}']"));
        await Other.Database.GetCollection<BsonDocument>("secrets").InsertOneAsync(new BsonDocument("word", "sesame"));
    }

    /// <param name="command">In it, OTHER stands for the other database, MINE for the own one.</param>
    public async Task<BsonDocument> RunAsync(string role, string command, string? database = null)
    {
        command = command.Replace("OTHER", OtherName, StringComparison.Ordinal).Replace("MINE", Name, StringComparison.Ordinal);
        return await _clients[role].GetDatabase(database ?? Name).RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        await Mongo.DisposeAsync();
        await Other.DisposeAsync();
    }
}

public sealed class PermissionTests(RoleHolders holders) : IClassFixture<RoleHolders>
{
    private const int Unauthorized = 13, CommandNotFound = 59;

    private const string Readers = "read readWrite dbOwner", Writers = "readWrite dbOwner", Builders = "readWrite dbAdmin dbOwner",
        Administrators = "dbAdmin dbOwner", Inspectors = "read readWrite dbAdmin dbOwner", OfUsers = "userAdmin dbOwner";

    /// <summary>In a command, THINGS stands for a collection with a document, NEW for a name that is not taken.</summary>
    [Theory]
    [InlineData("{find: 'THINGS'}", Readers)]
    [InlineData("{count: 'THINGS'}", Readers)]
    [InlineData("{distinct: 'THINGS', key: 'a'}", Readers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$match: {a: 1}}, {$group: {_id: null, n: {$sum: 1}}}], cursor: {}}", Readers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$lookup: {from: 'THINGS', localField: 'a', foreignField: 'a', as: 'b'}}], cursor: {}}", Readers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$unionWith: 'THINGS'}], cursor: {}}", Readers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$facet: {all: [{$match: {}}]}}], cursor: {}}", Readers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$out: 'NEW'}], cursor: {}}", Writers)]
    [InlineData("{aggregate: 'THINGS', pipeline: [{$merge: {into: 'NEW'}}], cursor: {}}", Writers)]
    [InlineData("{explain: {find: 'THINGS'}, verbosity: 'queryPlanner'}", Readers)]
    [InlineData("{insert: 'THINGS', documents: [{a: 2}]}", Writers)]
    [InlineData("{update: 'THINGS', updates: [{q: {}, u: {$set: {a: 2}}}]}", Writers)]
    [InlineData("{delete: 'THINGS', deletes: [{q: {}, limit: 1}]}", Writers)]
    [InlineData("{findAndModify: 'THINGS', query: {}, update: {$set: {a: 2}}}", Writers)]
    [InlineData("{create: 'NEW'}", Builders)]
    [InlineData("{createIndexes: 'THINGS', indexes: [{key: {a: 1}, name: 'by_a'}]}", Builders)]
    [InlineData("{dropIndexes: 'THINGS', index: '*'}", Builders)]
    [InlineData("{drop: 'THINGS'}", Builders)]
    [InlineData("{collMod: 'THINGS', validator: {}}", Administrators)]
    [InlineData("{listCollections: 1}", Inspectors)]
    [InlineData("{listIndexes: 'THINGS'}", Inspectors)]
    [InlineData("{collStats: 'THINGS'}", Inspectors)]
    [InlineData("{dbStats: 1}", Inspectors)]
    [InlineData("{usersInfo: 1}", OfUsers)]
    [InlineData("{createUser: 'NEW', pwd: 'x', roles: [{role: 'read', db: 'MINE'}]}", OfUsers)]
    [InlineData("{getParameter: 1}", "")]
    [InlineData("{serverStatus: 1}", "")]
    public async Task Who_may_do_what(string command, string roles)
    {
        foreach (var role in RoleHolders.Roles)
        {
            var things = await holders.Mongo.CollectionOfAsync("{a: 1}");
            var fresh = $"new_{Guid.NewGuid():N}";
            var run = holders.RunAsync(role, command.Replace("THINGS", things.CollectionNamespace.CollectionName, StringComparison.Ordinal).Replace("NEW", fresh, StringComparison.Ordinal));

            if (roles.Split(' ').Contains(role))
                Assert.Equal(1.0, (await run)["ok"].ToDouble());
            else
                await AssertRefusedAsync(run);
            if (command.StartsWith("{createUser", StringComparison.Ordinal) && run.IsCompletedSuccessfully)
                await holders.Mongo.RunAsync($"{{dropUser: '{fresh}'}}");
        }
    }

    /// <summary>The owner of a database, who may do there what can be done.</summary>
    [Theory]
    [InlineData("{aggregate: 'c', pipeline: [{$lookup: {from: {db: 'OTHER', coll: 'secrets'}, pipeline: [], as: 'b'}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$lookup: {from: 'c', pipeline: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}], as: 'b'}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$graphLookup: {from: {db: 'OTHER', coll: 'secrets'}, startWith: '$a', connectFromField: 'a', connectToField: 'a', as: 'b'}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$match: {}}, {$facet: {a: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}]}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$out: {db: 'OTHER', coll: 'secrets'}}], cursor: {}}")]
    [InlineData("{aggregate: 'c', pipeline: [{$merge: {into: {db: 'OTHER', coll: 'secrets'}}}], cursor: {}}")]
    [InlineData("{explain: {aggregate: 'c', pipeline: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}], cursor: {}}}")]
    [InlineData("{create: 'view', viewOn: 'c', pipeline: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}]}")]
    [InlineData("{collMod: 'view', viewOn: 'c', pipeline: [{$unionWith: {db: 'OTHER', coll: 'secrets'}}]}")]
    [InlineData("{aggregate: 1, pipeline: [{$currentOp: {}}], cursor: {}}")]
    [InlineData("{usersInfo: {user: 'root', db: 'admin'}}")]
    [InlineData("{createUser: 'mine', pwd: 'x', roles: [{role: 'read', db: 'OTHER'}]}")]
    [InlineData("{createUser: 'mine', pwd: 'x', roles: [{role: 'root', db: 'admin'}]}")]
    [InlineData("{renameCollection: 'OTHER.secrets', to: 'MINE.mine'}", "admin")]
    [InlineData("{renameCollection: 'MINE.c', to: 'OTHER.mine'}", "admin")]
    [InlineData("{find: 'secrets', filter: {word: 'sesame'}}", "OTHER")]
    [InlineData("{aggregate: 'secrets', pipeline: [], cursor: {}}", "OTHER")]
    [InlineData("{insert: 'secrets', documents: [{word: 'sesame'}]}", "OTHER")]
    [InlineData("{dropDatabase: 1}", "OTHER")]
    [InlineData("{listCollections: 1}", "OTHER")]
    [InlineData("{usersInfo: 1}", "OTHER")]
    [InlineData("{dropUser: 'root'}", "admin")]
    [InlineData("{updateUser: 'root', pwd: 'x'}", "admin")]
    [InlineData("{aggregate: 1, pipeline: [{$currentOp: {allUsers: true}}], cursor: {}}", "admin")]
    public async Task What_is_of_another_database_is_refused(string command, string? database = null) =>
        await AssertRefusedAsync(holders.RunAsync("dbOwner", command, database?.Replace("OTHER", holders.OtherName, StringComparison.Ordinal)));

    [Fact]
    public async Task A_name_in_other_letters_is_another_database() =>
        await AssertRefusedAsync(holders.RunAsync("dbOwner", "{find: 'secrets'}", holders.Name.ToUpperInvariant()));

    [Fact]
    public async Task Everybody_sees_himself_and_the_databases_that_he_has_a_role_on()
    {
        await holders.Mongo.CollectionOfAsync("{a: 1}");
        var own = await holders.RunAsync("read", "{connectionStatus: 1}");
        var name = own["authInfo"]["authenticatedUsers"][0]["user"].AsString;

        var info = await holders.RunAsync("read", $"{{usersInfo: '{name}'}}");
        var databases = await holders.RunAsync("read", "{listDatabases: 1}", "admin");

        Assert.Equal(["_id", "user", "db", "roles", "mechanisms"], info["users"][0].AsBsonDocument.Names);
        Assert.Equal(holders.Name, Assert.Single(databases["databases"].AsBsonArray)["name"]);
    }

    [Fact]
    public async Task A_second_pipeline_in_a_command_is_not_overlooked()
    {
        var address = await holders.Mongo.UserAsync("['readWrite']");
        using var raw = await RawClient.ConnectAsync(address.Url);
        var reaching = BsonDocument.Parse($"{{$unionWith: {{db: '{holders.OtherName}', coll: 'secrets'}}}}");

        foreach (var (first, second) in ((BsonArray, BsonArray)[])[([reaching], []), ([], [reaching])])
        {
            var command = new BsonDocument(allowDuplicateNames: true);
            command.Add("aggregate", "c");
            command.Add("pipeline", first);
            command.Add("pipeline", second);
            command.Add("cursor", new BsonDocument());
            command.Add("$db", holders.Name);

            Assert.Equal(0.0, (await raw.AskAsync(command))["ok"]);
        }
    }

    [Fact]
    public async Task A_cursor_is_his_who_opened_it()
    {
        var things = (await holders.Mongo.CollectionOfAsync("{_id: 1}", "{_id: 2}", "{_id: 3}")).CollectionNamespace.CollectionName;
        var find = await holders.RunAsync("read", $"{{find: '{things}', batchSize: 1}}");
        var more = $"{{getMore: NumberLong('{find["cursor"]["id"]}'), collection: '{things}'}}";

        var refused = await Assert.ThrowsAsync<MongoCommandException>(() => holders.RunAsync("dbOwner", more));
        var killed = await holders.RunAsync("dbOwner", $"{{killCursors: '{things}', cursors: [NumberLong('{find["cursor"]["id"]}')]}}");

        Assert.Equal("CursorNotFound", refused.CodeName);
        Assert.Empty(killed["cursorsKilled"].AsBsonArray);
        Assert.Equal(2, (await holders.RunAsync("read", more))["cursor"]["nextBatch"].AsBsonArray.Count);
    }

    [Fact]
    public async Task A_transaction_is_his_who_began_it()
    {
        var things = (await holders.Mongo.CollectionOfAsync("{_id: 1}")).CollectionNamespace.CollectionName;
        using var first = await RawClient.ConnectAsync((await holders.Mongo.UserAsync("['readWrite']")).Url);
        using var second = await RawClient.ConnectAsync((await holders.Mongo.UserAsync("['readWrite']")).Url);
        var transaction = new BsonDocument
        {
            { "lsid", new BsonDocument("id", new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard)) }, { "txnNumber", 1L }, { "autocommit", false },
        };
        var insert = new BsonDocument { { "insert", things }, { "documents", new BsonArray { new BsonDocument("_id", 2) } }, { "startTransaction", true }, { "$db", holders.Name } };
        Assert.Equal(1.0, (await first.AskAsync(insert.Merge(transaction)))["ok"].ToDouble());

        var abort = await second.AskAsync(new BsonDocument { { "abortTransaction", 1 }, { "$db", "admin" } }.Merge(transaction));
        var read = await second.AskAsync(new BsonDocument { { "find", things }, { "$db", holders.Name } }.Merge(transaction));
        var commit = await first.AskAsync(new BsonDocument { { "commitTransaction", 1 }, { "$db", "admin" } }.Merge(transaction));

        Assert.Equal(("NoSuchTransaction", "NoSuchTransaction"), (abort["codeName"].AsString, read["codeName"].AsString));
        Assert.Equal(1.0, commit["ok"]);
        Assert.Equal("""{ "_id" : 1 } { "_id" : 2 }""", await holders.Mongo.Database.GetCollection<BsonDocument>(things).ContentAsync());
    }

    [Fact]
    public async Task What_the_server_does_not_know_is_said_to_a_user()
    {
        var refused = await Assert.ThrowsAsync<MongoCommandException>(() => holders.RunAsync("read", "{nonsense: 1}"));

        Assert.Equal(CommandNotFound, refused.Code);
    }

    private static async Task AssertRefusedAsync(Task<BsonDocument> run)
    {
        var refused = await Assert.ThrowsAsync<MongoCommandException>(() => run);

        Assert.Equal(Unauthorized, refused.Code);
        Assert.Matches(@"^not authorized on \w+ to execute command \{ \w+: \.\.\. \}$", refused.ErrorMessage);
    }
}
