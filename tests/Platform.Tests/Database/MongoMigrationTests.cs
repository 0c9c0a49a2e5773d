using ChatApp.Platform.Database;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Database;

public sealed class MongoMigrationTests : IAsyncLifetime
{
    private readonly MongoTestDatabase _test = new();
    private readonly TestClock _clock = new();
    private IMongoDatabase _db = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _db = _test.Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync() => await _test.DisposeAsync();

    [Fact]
    public async Task Ten_replicas_that_start_together_run_each_step_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => MigrateAsync(Step(1, "ground"), Step(2, "once"))));

        Assert.Equal(["ground", "once"], await RunsAsync());
        Assert.Empty(await LocksAsync());
    }

    [Fact]
    public async Task A_later_start_runs_what_is_new_in_the_order_of_versions()
    {
        await MigrateAsync(Step(1, "ground"));
        await MigrateAsync(Step(3, "third"), Step(2, "second"), Step(1, "ground"));

        Assert.Equal(["ground", "second", "third"], await RunsAsync());
    }

    [Fact]
    public async Task A_step_that_fails_is_named_and_tried_again_by_the_next_start()
    {
        var failing = new MongoMigration(2, "second thoughts", (db, ct) => db.RunCommandAsync<BsonDocument>(new BsonDocument("noSuchCommand", 1), cancellationToken: ct));

        var failure = await Assert.ThrowsAsync<StartupException>(() => MigrateAsync(Step(1, "ground"), failing, Step(3, "never")));

        Assert.Contains("2 second thoughts", failure.Message, StringComparison.Ordinal);
        Assert.Contains("noSuchCommand", failure.Message, StringComparison.Ordinal);
        Assert.Equal(["ground"], await RunsAsync());
        Assert.Empty(await LocksAsync());

        await MigrateAsync(Step(1, "ground"), Step(2, "second thoughts"), Step(3, "third"));
        Assert.Equal(["ground", "second thoughts", "third"], await RunsAsync());
    }

    [Fact]
    public async Task A_step_that_throws_what_is_not_the_databases_is_named_too()
    {
        var failing = new MongoMigration(1, "ground", (_, _) => throw new InvalidOperationException("a mistake"));

        var failure = await Assert.ThrowsAsync<StartupException>(() => MigrateAsync(failing));

        Assert.Contains("1 ground", failure.Message, StringComparison.Ordinal);
        Assert.Contains("a mistake", failure.Message, StringComparison.Ordinal);
        Assert.Empty(await LocksAsync());
    }

    [Fact]
    public async Task The_lock_of_a_replica_that_died_holds_up_the_others_for_a_minute_only()
    {
        var died = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        var dying = MigrateAsync(new MongoMigration(1, "ground", async (_, ct) =>
        {
            started.SetResult();
            await died.Task.WaitAsync(ct);
        }));
        await started.Task;

        var waiting = MigrateAsync(Step(1, "ground"));
        _clock.Advance(TimeSpan.FromSeconds(61));
        await waiting;

        Assert.Equal(["ground"], await RunsAsync());
        died.SetException(new TimeoutException("died"));
        await Assert.ThrowsAsync<StartupException>(() => dying);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_in_one_sentence()
    {
        var settings = MongoClientSettings.FromConnectionString("mongodb://127.0.0.1:1/?directConnection=true");
        settings.ServerSelectionTimeout = TimeSpan.FromMilliseconds(200);
        using var client = new MongoClient(settings);

        var failure = await Assert.ThrowsAsync<StartupException>(
            () => new MongoMigrations("service", client.GetDatabase("service_db"), [Step(1, "ground")], _clock).MigrateAsync(_ => { }, Cancel));

        Assert.Contains("service_db", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private Task MigrateAsync(params MongoMigration[] migrations) =>
        new MongoMigrations("service", _db, migrations, _clock).MigrateAsync(_ => { }, Cancel);

    /// <summary>A step that leaves a trace each time that it runs.</summary>
    private static MongoMigration Step(int version, string name) => new(
        version, name, (db, ct) => db.GetCollection<BsonDocument>("runs").InsertOneAsync(new BsonDocument("name", name), cancellationToken: ct));

    private async Task<IEnumerable<string>> RunsAsync() =>
        (await _db.GetCollection<BsonDocument>("runs").Find(FilterDefinition<BsonDocument>.Empty).SortBy(run => run["_id"]).ToListAsync(Cancel))
            .Select(run => run["name"].AsString);

    private async Task<IReadOnlyList<BsonDocument>> LocksAsync() =>
        await _db.GetCollection<BsonDocument>("schema_history").Find(new BsonDocument("_id", "lock")).ToListAsync(Cancel);
}
