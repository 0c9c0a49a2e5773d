using ChatApp.Platform.Database;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Database;

/// <summary>What can be wrong with a MongoDB database at a start, and how the live database is compared with what the migrations declare.</summary>
public sealed class MongoProblemTests : IAsyncDisposable
{
    private static readonly MongoMigration Ground = new(1, "ground", Things("""{ bsonType: "object", required: ["name"] }"""));

    private readonly MongoTestDatabase _test = new();
    private readonly IMongoDatabase _db;

    public MongoProblemTests() => _db = _test.Open();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync() => await _test.DisposeAsync();

    [Fact]
    public async Task A_server_that_does_not_answer()
    {
        var settings = MongoClientSettings.FromConnectionString("mongodb://127.0.0.1:1/?directConnection=true");
        settings.ServerSelectionTimeout = TimeSpan.FromMilliseconds(200);
        using var client = new MongoClient(settings);

        await RefusedAsync("no server answers", client.GetDatabase("service_db"), Ground);
    }

    [Fact]
    public async Task A_user_that_the_server_does_not_let_in()
    {
        var address = new MongoUrlBuilder(TestStores.Mongo) { Username = "nobody", Password = "wrong" };
        using var client = new MongoClient(address.ToMongoUrl());

        await RefusedAsync("does not let user nobody in", client.GetDatabase("service_db"), Ground);
    }

    [Fact]
    public async Task A_changed_migration_until_repair_accepts_it()
    {
        await Of(Ground).MigrateAsync(_ => { }, Cancel);
        var changed = new MongoMigration(1, "ground", Things("""{ bsonType: "object" }"""));

        await RefusedAsync("1 ground was changed", _db, changed);

        await Of(changed).RepairAsync(_ => { }, Cancel);
        await Of(changed).MigrateAsync(_ => { }, Cancel);
    }

    [Fact]
    public async Task Two_migrations_with_one_version() => await RefusedAsync("version 1: 1 ground and 1 other", _db, Ground, new MongoMigration(1, "other"));

    [Fact]
    public async Task A_migration_that_comes_too_late()
    {
        await Of(Ground, new MongoMigration(3, "third")).MigrateAsync(_ => { }, Cancel);

        await RefusedAsync("2 second comes before", _db, Ground, new MongoMigration(2, "second"), new MongoMigration(3, "third"));
    }

    [Fact]
    public async Task A_database_newer_than_the_program()
    {
        await Of(Ground, new MongoMigration(2, "next")).MigrateAsync(_ => { }, Cancel);

        await RefusedAsync("newer than this program", _db, Ground);
    }

    [Fact]
    public async Task A_step_that_fails_is_interrupted_and_runs_again()
    {
        var failing = new MongoMigration(2, "second", (_, _) => throw new InvalidOperationException("a mistake"));
        await RefusedAsync("2 second failed: a mistake.", _db, Ground, failing);

        var steps = await Of(Ground, failing).InspectAsync(Cancel);
        Assert.Equal([StepState.Applied, StepState.Interrupted], steps.Select(step => step.State));

        await Of(Ground, new MongoMigration(2, "second")).MigrateAsync(_ => { }, Cancel);
    }

    [Fact]
    public async Task A_database_as_declared_does_not_differ()
    {
        await Of(Ground).MigrateAsync(_ => { }, Cancel);

        Assert.Empty(await Of(Ground).DriftAsync(Cancel));
    }

    [Fact]
    public async Task What_was_changed_by_hand_is_named()
    {
        await Of(Ground).MigrateAsync(_ => { }, Cancel);
        var things = _db.GetCollection<BsonDocument>("things");
        await things.Indexes.DropOneAsync("by_name", Cancel);
        await things.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(new BsonDocument("other", 1), new CreateIndexOptions { Name = "by_hand" }), cancellationToken: Cancel);
        await _db.RunCommandAsync<BsonDocument>(new BsonDocument { ["collMod"] = "things", ["validator"] = BsonDocument.Parse("""{ $jsonSchema: { bsonType: "object" } }""") }, cancellationToken: Cancel);
        await _db.CreateCollectionAsync("strays", cancellationToken: Cancel);

        var differences = await Of(Ground).DriftAsync(Cancel);

        Assert.Contains("collection strays is not declared", differences);
        Assert.Contains("index by_name of things is missing", differences);
        Assert.Contains("index by_hand of things is not declared", differences);
        Assert.Contains(differences, difference => difference.StartsWith("the validator of things is", StringComparison.Ordinal));
        Assert.Equal(4, differences.Count);
    }

    [Fact]
    public async Task A_later_step_changes_the_validator_and_an_index()
    {
        var shape = new CollectionShape(
            "things",
            """{ bsonType: "object", required: ["name", "other"] }""",
            """{ key: { name: -1 }, name: "by_name" }""");
        var later = new MongoMigration(2, "later", shape with { Drop = ["by_name"] });

        await Of(Ground).MigrateAsync(_ => { }, Cancel);
        await Of(Ground, later).MigrateAsync(_ => { }, Cancel);

        Assert.Empty(await Of(Ground, later).DriftAsync(Cancel));
    }

    [Fact]
    public async Task A_database_that_others_built_is_declared_to_be_at_a_version()
    {
        await Ground.UpAsync(_db, Cancel);
        var next = new MongoMigration(2, "next");

        await Of(Ground, next).BaselineAsync("1", _ => { }, Cancel);

        Assert.Equal([StepState.Applied, StepState.Pending], (await Of(Ground, next).InspectAsync(Cancel)).Select(step => step.State));
        await Assert.ThrowsAsync<StartupException>(() => Of(Ground, next).BaselineAsync("2", _ => { }, Cancel));
    }

    private static CollectionShape Things(string schema) => new(
        "things",
        schema,
        """{ key: { name: 1 }, name: "by_name", unique: true }""");

    private MongoMigrations Of(params MongoMigration[] migrations) => new("service", _db, migrations, TimeProvider.System);

    private static async Task RefusedAsync(string because, IMongoDatabase db, params MongoMigration[] migrations)
    {
        var failure = await Assert.ThrowsAsync<StartupException>(
            () => new MongoMigrations("service", db, migrations, TimeProvider.System).MigrateAsync(_ => { }, Cancel));

        Assert.Contains(because, failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.True(Troubleshooting.Explains(failure.Message), failure.Message);
    }
}
