using System.Collections.Concurrent;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Mongo;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>A cluster of the engine for the test alone; its programs are those that the local stack uses.</summary>
public sealed class DocumentDbEngineTests : IDisposable
{
    private const int Writers = 8;

    private readonly string _programs = Path.Combine(RepositoryRoot(), ".local", "documentdb");
    private readonly string _folder = Directory.CreateTempSubdirectory("chatapp-").FullName;
    private readonly int _port = Ports.Free();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => DocumentDbEngine.Delete(_folder);

    [Fact]
    public async Task Restarts_of_the_engine_under_load_lose_no_write_and_double_none()
    {
        var engine = await StartAsync();
        await using var gateway = await MongoGateway.StartAsync(engine.AdminConnectionString, "of the test", ct: Cancel);
        var database = new MongoClient(MongoGateway.ConnectionString(gateway.Address, "of the test")).GetDatabase($"test_{Guid.NewGuid():N}");
        var (items, counters) = (database.GetCollection<BsonDocument>("items"), database.GetCollection<BsonDocument>("counters"));
        await counters.InsertManyAsync(Enumerable.Range(0, Writers).Select(writer => new BsonDocument { { "_id", writer }, { "n", 0 } }), cancellationToken: Cancel);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var acknowledged = new ConcurrentDictionary<int, int>();
        var writers = Enumerable.Range(0, Writers).Select(writer => Task.Run(() => WriteAsync(writer), Cancel)).ToArray();

        for (var restart = 1; restart <= 2; restart++)
        {
            var before = acknowledged.Values.Sum();
            while (acknowledged.Values.Sum() < before + 200)
                await Task.Delay(10, Cancel);

            await engine.StopAsync();
            engine = await StartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);

        Assert.Equal(acknowledged.Values.Sum(), await items.CountDocumentsAsync("{}", cancellationToken: Cancel));
        Assert.All(
            await counters.Find("{}").ToListAsync(Cancel),
            counter => Assert.Equal(acknowledged[counter["_id"].AsInt32], counter["n"].AsInt32));

        await engine.StopAsync();

        async Task WriteAsync(int writer)
        {
            while (!stop.IsCancellationRequested)
            {
                await items.InsertOneAsync([], cancellationToken: Cancel);
                await counters.UpdateOneAsync(new BsonDocument("_id", writer), "{$inc: {n: 1}}", cancellationToken: Cancel);
                acknowledged.AddOrUpdate(writer, 1, (_, count) => count + 1);
            }
        }
    }

    [Fact]
    public async Task Users_survive_a_restart_of_the_gateway_and_root_has_the_password_that_it_was_started_with()
    {
        await using var engine = await StartAsync();
        await using (var first = await MongoGateway.StartAsync(engine.AdminConnectionString, "first", ct: Cancel))
        {
            using var root = new MongoClient(MongoGateway.ConnectionString(first.Address, "first"));
            await root.GetDatabase("things").RunCommandAsync<BsonDocument>("{createUser: 'keeper', pwd: 'kept', roles: ['readWrite']}", cancellationToken: Cancel);
            await root.GetDatabase("things").RunCommandAsync<BsonDocument>("{createUser: 'gone', pwd: 'kept', roles: ['readWrite']}", cancellationToken: Cancel);
            await root.GetDatabase("things").RunCommandAsync<BsonDocument>("{updateUser: 'keeper', roles: ['read']}", cancellationToken: Cancel);
            await root.GetDatabase("things").RunCommandAsync<BsonDocument>("{dropUser: 'gone'}", cancellationToken: Cancel);
        }

        await using var second = await MongoGateway.StartAsync(engine.AdminConnectionString, "second", ct: Cancel);

        var status = await StatusAsync($"mongodb://keeper:kept@{second.Address}/things?directConnection=true");
        Assert.Equal("""[{ "role" : "read", "db" : "things" }]""", status["authInfo"]["authenticatedUserRoles"].ToJson());
        await StatusAsync(MongoGateway.ConnectionString(second.Address, "second"));
        await Assert.ThrowsAsync<MongoAuthenticationException>(() => StatusAsync(MongoGateway.ConnectionString(second.Address, "first")));
        await Assert.ThrowsAsync<MongoAuthenticationException>(() => StatusAsync($"mongodb://gone:kept@{second.Address}/things?directConnection=true"));
    }

    private static async Task<BsonDocument> StatusAsync(string address)
    {
        using var client = new MongoClient(address);
        return await client.GetDatabase("things").RunCommandAsync<BsonDocument>("{connectionStatus: 1}", cancellationToken: Cancel);
    }

    private Task<DocumentDbEngine> StartAsync() => DocumentDbEngine.StartAsync(_programs, _folder, _port, ct: Cancel);

    private static string RepositoryRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ChatApp.sln")))
            folder = Path.GetDirectoryName(folder)!;

        return folder;
    }
}
