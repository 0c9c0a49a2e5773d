using ChatApp.Database.Mongo;
using ChatApp.Database.Planning;
using ChatApp.Testing;
using MongoDB.Driver;

namespace ChatApp.Database.Tests.Mongo;

public sealed class CollectionGenerateTests : IDisposable
{
    private const string Users = """{ "validator": { "$jsonSchema": { "required": ["name"], "properties": { "name": { "bsonType": "string", "maxLength": 9 } } } } }""";

    private const string ByName = """{ "name": "by_name", "key": { "name": 1 } }""";

    private readonly SampleCollections _service = new();

    [Fact]
    public async Task The_first_step_builds_what_is_declared()
    {
        _service.Declare("users", Users)
            .Declare("messages", """
                // Everything that was said.
                { "indexes": [ { "name": "latest", "key": { "at": -1, "seq": 1 }, "unique": true, "partialFilterExpression": { "at": { "$exists": true } } }, ] }
                """);

        var result = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.Written, result.Outcome);
        Assert.Equal(["V1AddMessagesAndAddUsers.cs"], _service.Steps);
        Assert.Empty(result.Hazards);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task The_next_step_holds_the_difference_only()
    {
        await GeneratedAsync(Users);
        _service.Declare("users", $"""{Users[..^1]}, "indexes": [ {ByName} ] {'}'}""");

        var result = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.Written, result.Outcome);
        Assert.Equal(
            $""""
            using ChatApp.Platform.Database;

            namespace {_service.Service.Namespace};

            /// <summary>Derived from the declared schema.</summary>
            internal sealed class V2AddByNameToUsers() : MongoMigration(
                2,
                "add by name to users",
                new CollectionShape(
                    "users",
                    Schema: null,
                    """{ByName}"""));

            """",
            _service.Step("V2AddByNameToUsers.cs"));
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task A_collection_is_dropped_only_if_that_is_allowed()
    {
        await GeneratedAsync(Users);
        _service.Undeclare("users").Declare("people", Users);

        var refused = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.NeedsPermission, refused.Outcome);
        Assert.Single(_service.Steps);
        var hazard = Assert.Single(refused.Hazards);
        Assert.Equal(Danger.LosesData, hazard.Danger);
        Assert.Contains("if users became people, write a step of code with RenameCollectionAsync", hazard.Instead, StringComparison.Ordinal);

        var allowed = await _service.GenerateAsync(new GenerateOptions("People, not users", AllowDestructive: true));

        Assert.Equal(GenerateOutcome.Written, allowed.Outcome);
        Assert.Contains("// Loses data: all documents of users are gone.", _service.Step("V2PeopleNotUsers.cs"), StringComparison.Ordinal);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Theory]
    [InlineData("""{ "name": "by_name", "key": { "name": 1 }, "unique": true }""", Danger.MayFail)]
    [InlineData("""{ "name": "old", "key": { "born": 1 }, "expireAfterSeconds": 60 }""", Danger.LosesData)]
    [InlineData("""{ "name": "by_at", "key": { "at": -1 } }""", Danger.LongLock)]
    public async Task An_index_that_needs_a_decision(string index, Danger danger)
    {
        await GeneratedAsync("""{ "indexes": [ { "name": "by_at", "key": { "at": 1 } } ] }""");
        var both = index.Contains("by_at", StringComparison.Ordinal) ? index : $$"""{ "name": "by_at", "key": { "at": 1 } }, {{index}}""";
        _service.Declare("users", $$"""{ "indexes": [ {{both}} ] }""");

        var refused = await _service.GenerateAsync();

        Assert.Equal(GenerateOutcome.NeedsPermission, refused.Outcome);
        Assert.Equal(danger, Assert.Single(refused.Hazards).Danger);
        Assert.Equal(GenerateOutcome.Written, (await _service.GenerateAsync(new GenerateOptions(AllowDestructive: true))).Outcome);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Theory]
    [InlineData("""{ "required": ["name", "city"] }""", "required")]
    [InlineData("""{ "required": ["name"], "properties": { "name": { "bsonType": "int" } } }""", "name.bsonType")]
    [InlineData("""{ "required": ["name"], "properties": { "name": { "bsonType": "string", "maxLength": 8 } } }""", "name.maxLength")]
    [InlineData("""{ "required": ["name"], "properties": { "name": { "bsonType": "string", "minLength": 1 } } }""", "name.minLength")]
    [InlineData("""{ "required": ["name"], "properties": { "at": { "bsonType": "date" } } }""", "at.bsonType")]
    [InlineData("""{ "required": ["name"], "properties": { "tags": { "bsonType": "array", "items": { "enum": ["a"] } } } }""", "tags.items.enum")]
    public async Task A_validator_that_refuses_more_than_before_needs_a_decision(string schema, string rule)
    {
        var hazard = Assert.Single((await ValidatedAsync(schema)).Hazards);

        Assert.Equal(Danger.MayFail, hazard.Danger);
        Assert.Contains($"({rule})", hazard.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{ "properties": { "name": { "bsonType": ["string", "null"], "maxLength": 10 } } }""")]
    [InlineData("""{ "required": ["name"], "properties": { "name": { "bsonType": "string" }, "nickname": { "bsonType": "string", "maxLength": 3 } } }""")]
    [InlineData("""{ "required": ["name"], "properties": { "tags": { "bsonType": "array", "maxItems": 4, "items": { "enum": ["c", "b", "a"] } } } }""")]
    public async Task A_validator_that_lets_pass_what_passed_is_written(string schema) =>
        Assert.Equal(GenerateOutcome.WouldWrite, (await ValidatedAsync(schema)).Outcome);

    [Fact]
    public async Task A_validator_is_taken_away()
    {
        await GeneratedAsync(Users);
        _service.Declare("users", "{}");

        Assert.Equal(GenerateOutcome.Written, (await _service.GenerateAsync()).Outcome);
        Assert.Equal(["V1AddUsers.cs", "V2CheckUsers.cs"], _service.Steps);
        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task What_a_step_of_code_did_is_found_done()
    {
        _service.Migrate("V1Code", 1, """async (db, ct) => await db.CreateCollectionAsync("users", cancellationToken: ct)""").Declare("users", "{}");

        Assert.Equal(GenerateOutcome.NothingToDo, (await _service.GenerateAsync()).Outcome);
    }

    [Fact]
    public async Task What_is_declared_and_not_yet_migrated_is_a_difference_of_the_live_database()
    {
        await using var live = new MongoTestDatabase();
        await GeneratedAsync(Users);
        await _service.MigrateAsync(live.ConnectionString, TestContext.Current.CancellationToken);
        Assert.Empty(await CollectionDrift.FindAsync(_service.Service, live.ConnectionString, TestContext.Current.CancellationToken));

        _service.Declare("users", $"""{Users[..^1]}, "indexes": [ {ByName} ] {'}'}""").Declare("notes", "{}");

        Assert.Equal(
            ["collection notes is missing", "index by_name of users is missing"],
            await CollectionDrift.FindAsync(_service.Service, live.ConnectionString, TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("""{ "capped": true }""", "'capped' of a collection")]
    [InlineData("""{ "validator": { "age": { "$gt": 1 } } }""", "'age' of a validator")]
    [InlineData("""{ "indexes": [ { "name": "a", "key": { "a": 1 }, "collation": { "locale": "de" } } ] }""", "'collation' of an index")]
    [InlineData("""{ "indexes": [ { "key": { "a": 1 } } ] }""", "needs a key and a name")]
    [InlineData("""{ "validator": { "$jsonSchema": { "bsonType": "nothing" } } }""", "the server refuses it")]
    [InlineData("""{ "indexes": 1 }""", "users.jsonc: ")]
    [InlineData("{\n  \"indexes\": [\n    oops\n  ]\n}", "users.jsonc:3: it is no JSON")]
    public async Task What_can_not_be_declared_is_named(string json, string named)
    {
        _service.Declare("users", json);

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(() => _service.GenerateAsync());

        Assert.StartsWith("users.jsonc", exception.Message, StringComparison.Ordinal);
        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
        Assert.Empty(_service.Steps);
    }

    [Fact]
    public async Task Two_steps_of_one_version_are_named()
    {
        _service.Migrate("V1A", 1, "new CollectionShape(\"a\", null)").Migrate("V1B", 1, "new CollectionShape(\"b\", null)");

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(() => _service.GenerateAsync());

        Assert.Contains("V1A.cs and V1B.cs have one version", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_named()
    {
        var generator = new CollectionGenerator("mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200&directConnection=true", _service.MigrateAsync);

        var exception = await Assert.ThrowsAsync<DatabaseToolException>(
            () => generator.GenerateAsync(_service.Service, new GenerateOptions(), TestContext.Current.CancellationToken));

        Assert.Contains("no scratch database can be made on 127.0.0.1:1", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_a_killed_run_left_behind_is_dropped_by_the_next_and_what_another_run_uses_is_not()
    {
        using var client = new MongoClient(TestStores.Mongo);
        string left = Scratch(DateTimeOffset.UtcNow.AddHours(-2)), used = Scratch(DateTimeOffset.UtcNow.AddMinutes(-1));
        foreach (var name in (string[])[left, used])
            await client.GetDatabase(name).CreateCollectionAsync("users", cancellationToken: TestContext.Current.CancellationToken);

        await _service.GenerateAsync();

        using var listed = await client.ListDatabaseNamesAsync(TestContext.Current.CancellationToken);
        var names = await listed.ToListAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain(left, names);
        Assert.Contains(used, names);
        await client.DropDatabaseAsync(used, TestContext.Current.CancellationToken);

        static string Scratch(DateTimeOffset born) => $"chatapp_scratch_{Guid.CreateVersion7(born):N}";
    }

    public void Dispose() => _service.Dispose();

    private async Task GeneratedAsync(string users)
    {
        _service.Declare("users", users);
        Assert.Equal(GenerateOutcome.Written, (await _service.GenerateAsync()).Outcome);
    }

    /// <summary>What a change of this validator would be.</summary>
    private async Task<GenerateResult> ValidatedAsync(string schema)
    {
        await GeneratedAsync("""
            {
              "validator": {
                "$jsonSchema": {
                  "required": ["name"],
                  "properties": {
                    "name": { "bsonType": "string", "maxLength": 9 },
                    "tags": { "bsonType": "array", "maxItems": 4, "items": { "enum": ["a", "b"] } }
                  }
                }
              },
              "indexes": [ { "name": "by_at", "key": { "at": 1 } } ]
            }
            """);
        _service.Declare("users", $$"""{ "validator": { "$jsonSchema": {{schema}} }, "indexes": [ { "name": "by_at", "key": { "at": 1 } } ] }""");
        return await _service.GenerateAsync(new GenerateOptions(DryRun: true));
    }
}
