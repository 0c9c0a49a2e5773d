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
    private readonly MongoUrl _url = new MongoUrlBuilder(TestStores.Mongo) { DatabaseName = $"test_{Guid.NewGuid():N}" }.ToMongoUrl();

    public string ConnectionString => _url.Url;

    /// <summary>A client of the test's own, to look at what the service stored.</summary>
    public IMongoDatabase Open() => new MongoClient(_url).GetDatabase(_url.DatabaseName);

    public async ValueTask DisposeAsync() => await new MongoClient(_url).DropDatabaseAsync(_url.DatabaseName);
}
