using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>A database on the server under test, and short ways to say what the tests of it say all the time.</summary>
public sealed class MongoServer : IAsyncLifetime
{
    private readonly MongoTestDatabase _database = new();
    private readonly List<string> _users = [];

    public MongoServer() => Database = _database.Open();

    public IMongoDatabase Database { get; }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        foreach (var user in _users)
        {
            // A test may have dropped it.
            if ((await RunAsync($"{{usersInfo: '{user}'}}"))["users"].AsBsonArray.Count > 0)
                await RunAsync($"{{dropUser: '{user}'}}");
        }

        await _database.DisposeAsync();
    }

    /// <summary>A user of the database with these roles, a list in JSON.</summary>
    /// <returns>The server's address for it.</returns>
    public async Task<MongoUrl> UserAsync(string roles, string password = "of the test")
    {
        var name = $"user_{Guid.NewGuid():N}";
        await RunAsync($"{{createUser: '{name}', pwd: '{password}', roles: {roles}}}");
        _users.Add(name);
        return AddressOf(name, password);
    }

    public MongoUrl AddressOf(string user, string password) => new MongoUrlBuilder(_database.ConnectionString)
    {
        Username = user,
        Password = password,
        AuthenticationSource = Database.DatabaseNamespace.DatabaseName,
    }.ToMongoUrl();

    public IMongoCollection<BsonDocument> NewCollection() => Database.GetCollection<BsonDocument>($"c{Guid.NewGuid():N}");

    public async Task<IMongoCollection<BsonDocument>> CollectionOfAsync(params string[] documents)
    {
        var collection = NewCollection();
        await collection.InsertManyAsync(documents.Select(BsonDocument.Parse), cancellationToken: TestContext.Current.CancellationToken);
        return collection;
    }

    public Task<BsonDocument> RunAsync(string command) =>
        Database.RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: TestContext.Current.CancellationToken);

    public async Task<int> CodeOfAsync(string command) => (await Assert.ThrowsAsync<MongoCommandException>(() => RunAsync(command))).Code;
}

internal static class Documents
{
    public static async Task<string> JsonAsync(this IFindFluent<BsonDocument, BsonDocument> found) =>
        string.Join(" ", (await found.ToListAsync(TestContext.Current.CancellationToken)).Select(document => document.ToJson()));

    public static Task<string> ContentAsync(this IMongoCollection<BsonDocument> collection) => collection.Find("{}").Sort("{_id: 1}").JsonAsync();
}
