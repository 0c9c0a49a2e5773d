using ChatApp.Platform;
using ChatApp.Platform.Database;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Tests;

/// <summary>Migrations whose database has a disk that is really full.</summary>
[Collection(typeof(OneSmallDisk))]
public sealed class FullDiskMigrationTests(SmallDisk disk) : IDisposable
{
    /// <summary>Room for the first migrations of a service and not for all of them.</summary>
    private const int Little = 160 << 10;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => disk.MakeSpace();

    [Fact]
    public async Task A_migration_of_PostgreSQL_leaves_nothing_behind_and_runs_again_at_a_start_when_there_is_space()
    {
        var address = await disk.PostgresAsync();
        await using var database = NpgsqlDataSource.Create(address);
        disk.Fill(spare: Little);

        var failed = await OwnServers.ServiceAsync("User", address, "db", "migrate");

        Assert.Equal(1, failed.Code);
        IsExplained(failed.Errors, "user: ", "migration V3__dead_letters.sql failed: the server's disk is full");
        Assert.Equal(Enumerable.Range(1, 2), await HistoryAsync());
        Assert.False(await HasDeadLettersAsync());

        disk.MakeSpace();
        await using var service = new StartedService<User.Profiles.ChangeProfile>("user", address);
        await service.InitializeAsync();
        Assert.Equal(Enumerable.Range(1, OwnServers.MigrationsOf("User")), await HistoryAsync());
        Assert.True(await HasDeadLettersAsync());

        Task<int[]> HistoryAsync() => QueryAsync<int[]>("SELECT array_agg(version::int ORDER BY id) FROM users.schema_history WHERE type = 0");

        Task<bool> HasDeadLettersAsync() => QueryAsync<bool>("SELECT to_regclass('users.dead_letters') IS NOT NULL");

        async Task<T> QueryAsync<T>(string sql)
        {
            await using var command = database.CreateCommand(sql);
            return (T)(await command.ExecuteScalarAsync(Cancel))!;
        }
    }

    [Fact]
    public async Task A_migration_of_MongoDB_runs_again_at_a_start_when_there_is_space()
    {
        var address = disk.Mongo();
        var history = Open(address).GetCollection<BsonDocument>(MongoMigrations.HistoryCollection);
        disk.Fill(spare: Little);

        var failed = await OwnServers.ServiceAsync("Chat", address.Url, "db", "migrate");

        Assert.Equal(1, failed.Code);
        IsExplained(failed.Errors, "chat: ", " failed: the server's disk is full");
        var stopped = (await HistoryAsync()).ToList();
        Assert.True(stopped.Count > 1);
        Assert.Equal(Enumerable.Range(1, stopped.Count).Select(version => ($"{version}", version < stopped.Count)), stopped);

        disk.MakeSpace();
        await using var service = new StartedService<Chat.Conversations.StartConversation>("chat", address.Url);
        await service.InitializeAsync();
        Assert.All(await HistoryAsync(), step => Assert.True(step.IsApplied, step.Version));

        // A lock that is left would be among them.
        async Task<IEnumerable<(string Version, bool IsApplied)>> HistoryAsync() =>
            (await history.Find("{}").SortBy(step => step["_id"]).ToListAsync(Cancel)).Select(step => ($"{step["_id"]}", step.Contains("appliedAt")));
    }

    [Fact]
    public async Task A_migration_of_documents_says_why_it_stopped_and_so_does_one_that_can_not_even_begin()
    {
        var db = Open(disk.Mongo());
        var ground = new MongoMigration(1, "ground", new CollectionShape("things", Schema: null));
        var things = new MongoMigration(2, "things", (to, ct) => to.GetCollection<BsonDocument>("things").InsertManyAsync(
            Enumerable.Range(0, 100).Select(n => new BsonDocument { ["_id"] = n, ["noise"] = SmallDisk.Noise(n) }), cancellationToken: ct));
        disk.Fill();

        IsExplained(await RefusedAsync(ground), "", "the server's disk is full");

        disk.MakeSpace();
        await MigrateAsync(ground);
        disk.Fill();
        IsExplained(await RefusedAsync(ground, things), "", "migration 2 things failed: the server's disk is full");

        disk.MakeSpace();
        await MigrateAsync(ground, things);
        Assert.Equal(100, await db.GetCollection<BsonDocument>("things").CountDocumentsAsync("{}", cancellationToken: Cancel));

        Task MigrateAsync(params MongoMigration[] migrations) => new MongoMigrations("service", db, migrations, TimeProvider.System).MigrateAsync(_ => { }, Cancel);

        async Task<string> RefusedAsync(params MongoMigration[] migrations) => (await Assert.ThrowsAsync<StartupException>(() => MigrateAsync(migrations))).Message;
    }

    private static IMongoDatabase Open(MongoUrl address) => new MongoClient(address).GetDatabase(address.DatabaseName);

    private static void IsExplained(string message, string service, string because)
    {
        var line = Assert.Single(message.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith(service, line, StringComparison.Ordinal);
        Assert.True(line.Contains(because, StringComparison.Ordinal), line);
        Assert.Contains("Free space there, then try again.", line, StringComparison.Ordinal);
        Assert.True(Troubleshooting.Explains(line[service.Length..]), line);
    }
}
