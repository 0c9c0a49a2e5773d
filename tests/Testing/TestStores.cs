using System.Collections.Concurrent;
using ChatApp.Platform.Database;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Testing;

/// <summary>The real servers that tests run on; <c>./chat test</c> starts them and says where they are.</summary>
public static class TestStores
{
    /// <summary>An administrator of the PostgreSQL server, in Npgsql's form.</summary>
    public static string Postgres => Required("CHATAPP_TEST_POSTGRES");

    /// <summary>A MongoDB server, as a mongodb:// address without a database.</summary>
    public static string Mongo => Required("CHATAPP_TEST_MONGO");

    private static string Required(string name) =>
        Environment.GetEnvironmentVariable(name) ?? throw new InvalidOperationException($"{name} is not set: run the tests with `./chat test`.");
}

/// <summary>A database of a test's own, gone when the test is.</summary>
public interface ITestDatabase : IAsyncDisposable
{
    string ConnectionString { get; }
}

public sealed class PostgresDatabase : ITestDatabase
{
    private readonly string _name = $"test_{Guid.NewGuid():N}";

    private PostgresDatabase() => ConnectionString = new NpgsqlConnectionStringBuilder(TestStores.Postgres) { Database = _name }.ConnectionString;

    public string ConnectionString { get; }

    public static async Task<PostgresDatabase> CreateAsync()
    {
        var database = new PostgresDatabase();
        await AdministerAsync($"CREATE DATABASE {database._name}");
        return database;
    }

    public async ValueTask DisposeAsync() => await AdministerAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)");

    private static async Task AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(TestStores.Postgres);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

public sealed class MongoTestDatabase : ITestDatabase
{
    private static readonly ConcurrentDictionary<string, ConcurrentBag<string>> UsedBefore = new();

    private readonly MongoUrl _url;
    private readonly ConcurrentBag<string>? _next;

    static MongoTestDatabase() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var name in UsedBefore.Values.SelectMany(names => names))
            new MongoClient(TestStores.Mongo).DropDatabase(name);
    };

    public MongoTestDatabase()
        : this($"test_{Guid.NewGuid():N}", next: null)
    {
    }

    private MongoTestDatabase(string name, ConcurrentBag<string>? next) =>
        (_url, _next) = (new MongoUrlBuilder(TestStores.Mongo) { DatabaseName = name }.ToMongoUrl(), next);

    public string ConnectionString => _url.Url;

    /// <summary>
    /// One that another test of this process had before, empty but for its collections and indexes: to make those costs more than most tests. For tests that leave
    /// them as the service's migrations make them.
    /// </summary>
    public static MongoTestDatabase Used(string service)
    {
        var names = UsedBefore.GetOrAdd(service, _ => []);
        return new MongoTestDatabase(names.TryTake(out var name) ? name : $"test_{Guid.NewGuid():N}", names);
    }

    /// <summary>A client of the test's own, to look at what the service stored.</summary>
    public IMongoDatabase Open() => new MongoClient(_url).GetDatabase(_url.DatabaseName);

    public async ValueTask DisposeAsync()
    {
        if (_next is null)
        {
            await new MongoClient(_url).DropDatabaseAsync(_url.DatabaseName);
            return;
        }

        var database = Open();
        foreach (var collection in await (await database.ListCollectionNamesAsync()).ToListAsync())
        {
            if (collection != MongoMigrations.HistoryCollection)
                await database.GetCollection<BsonDocument>(collection).DeleteManyAsync(new BsonDocument());
        }

        _next.Add(_url.DatabaseName);
    }
}
