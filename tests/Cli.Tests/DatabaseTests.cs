using ChatApp.Testing;

namespace ChatApp.Cli.Tests;

public sealed class DatabaseTests(OwnServers servers) : IClassFixture<OwnServers>
{
    private static readonly string[] Services = ["auth", "user", "chat", "notification"];

    [Fact]
    public async Task Up_builds_everything_and_again_changes_nothing()
    {
        var first = await servers.UpAsync();
        Assert.True(first.Code == 0, first.Errors + first.Output);
        Assert.Equal(Services, first.Json.GetProperty("services").EnumerateArray().Select(service => service.GetProperty("service").GetString()));

        var again = await servers.DbAsync("up", "--json");
        Assert.Equal(0, again.Code);
        Assert.All(again.Json.GetProperty("services").EnumerateArray(), service => Assert.Empty(service.GetProperty("done").EnumerateArray()));

        Assert.Equal(0, (await servers.DbAsync("validate")).Code);
    }

    [Fact]
    public async Task A_dry_run_of_migrate_leaves_an_empty_database_empty()
    {
        await servers.ExecuteAsync("CREATE DATABASE dry");
        var run = await servers.DbAsync("migrate", "auth", "--dry-run", "--connection", servers.ConnectionString("dry"));

        Assert.Equal(0, run.Code);
        Assert.Contains("V1__accounts_sessions_and_keys.sql: would be applied", run.Output, StringComparison.Ordinal);
        Assert.Equal(false, await servers.ExecuteAsync("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'auth')", "dry"));
    }

    [Fact]
    public async Task A_service_that_fails_stops_no_other()
    {
        await servers.UpAsync();
        await servers.ExecuteAsync("DROP DATABASE user_db WITH (FORCE)");

        var run = await servers.DbAsync("migrate", "--json");

        Assert.Equal(1, run.Code);
        var problem = run.Service("user").GetProperty("problem").GetString()!;
        Assert.Contains("database user_db on 127.0.0.1", problem, StringComparison.Ordinal);
        Assert.Contains("./chat db create-schemas user", problem, StringComparison.Ordinal);
        Assert.True(Troubleshooting.Explains(problem), problem);
        Assert.All(Services.Where(service => service != "user"), service => Assert.True(run.Service(service).GetProperty("ok").GetBoolean(), service));

        Assert.Equal(0, (await servers.DbAsync("up", "user")).Code);
    }

    [Fact]
    public async Task A_database_that_is_dropped_harms_no_other_and_is_built_again()
    {
        await servers.UpAsync();
        // One of either server at a time.
        foreach (var dropped in (string[][])[["auth", "chat"], ["user", "notification"]])
        {
            await Task.WhenAll(dropped.Select(service => servers.DropAsync($"{service}_db")));

            var run = await servers.DbAsync("validate", "--json");

            Assert.Equal(1, run.Code);
            Assert.Equal(Services.Except(dropped), Services.Where(service => run.Service(service).GetProperty("ok").GetBoolean()));
            foreach (var service in dropped)
            {
                var built = await servers.DbAsync("up", service, "--json");
                Assert.True(built.Code == 0, built.Errors);
                Assert.Equal(0, built.Service(service).GetProperty("pending").GetInt32());
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task A_set_up_that_is_killed_is_finished_by_the_next(int lines)
    {
        await servers.UpAsync();
        await servers.DropAsync("auth_db");

        await servers.KillAfterAsync(lines, "up", "auth");

        Assert.Equal(0, (await servers.DbAsync("up", "auth")).Code);
        var valid = await servers.DbAsync("validate", "auth");
        Assert.True(valid.Code == 0, valid.Errors + valid.Output);
    }

    [Fact]
    public async Task A_migration_that_was_changed_is_refused_until_repair_accepts_it()
    {
        await servers.UpAsync();
        await servers.ExecuteAsync("UPDATE auth.schema_history SET checksum = 'of another text' WHERE version = '1'", "auth_db");

        var status = await servers.DbAsync("status", "auth");
        Assert.Equal(1, status.Code);
        Assert.Contains("was changed after it was applied", status.Errors, StringComparison.Ordinal);

        Assert.Equal(0, (await servers.DbAsync("repair", "auth", "--dry-run")).Code);
        Assert.Equal(1, (await servers.DbAsync("status", "auth")).Code);
        Assert.Equal(0, (await servers.DbAsync("repair", "auth")).Code);
        Assert.Equal(0, (await servers.DbAsync("status", "auth")).Code);
    }

    [Fact]
    public async Task A_database_that_others_built_begins_at_a_baseline()
    {
        await servers.ExecuteAsync("CREATE DATABASE of_others");
        await servers.ExecuteAsync("CREATE SCHEMA users; CREATE TABLE users.profiles (user_id uuid PRIMARY KEY)", "of_others");

        var run = await servers.DbAsync("baseline", "user", "--version", "1", "--json", "--connection", servers.ConnectionString("of_others"));

        Assert.True(run.Code == 0, run.Errors);
        Assert.Equal(["V1__profiles_relationships_and_settings.sql"], run.Service("user").GetProperty("done").EnumerateArray().Select(step => step.GetString()));
        Assert.Equal(OwnServers.MigrationsOf("User") - 1, run.Service("user").GetProperty("pending").GetInt32());
    }

    [Fact]
    public async Task An_administrator_who_may_not_create_is_told_so()
    {
        await servers.ExecuteAsync("CREATE ROLE nobody_special LOGIN PASSWORD 'of the test'");
        var address = new Npgsql.NpgsqlConnectionStringBuilder(servers.Postgres) { Username = "nobody_special", Password = "of the test" }.ConnectionString;

        var run = await servers.DbAsync("create-schemas", "user", "--json", "--connection", address);

        Assert.Equal(1, run.Code);
        var problem = run.Service("user").GetProperty("problem").GetString()!;
        Assert.Contains("Give the address of a role that may create databases and roles", problem, StringComparison.Ordinal);
        Assert.True(Troubleshooting.Explains(problem), problem);
    }

    [Fact]
    public async Task What_was_changed_by_hand_is_named_by_status()
    {
        await servers.UpAsync();
        await servers.ExecuteAsync("ALTER TABLE auth.users ADD COLUMN by_hand text", "auth_db");
        try
        {
            var run = await servers.DbAsync("status", "auth");

            Assert.Equal(1, run.Code);
            Assert.Contains("column users.by_hand", run.Output, StringComparison.Ordinal);
            Assert.Contains("differs from the declared schema", run.Errors, StringComparison.Ordinal);
        }
        finally
        {
            await servers.ExecuteAsync("ALTER TABLE auth.users DROP COLUMN by_hand", "auth_db");
        }
    }

    [Fact]
    public async Task An_index_that_was_dropped_by_hand_is_named_by_status()
    {
        await servers.UpAsync();
        await servers.Mongo.GetDatabase("chat_db").GetCollection<MongoDB.Bson.BsonDocument>("messages").Indexes.DropOneAsync("changes", TestContext.Current.CancellationToken);

        var run = await servers.DbAsync("status", "chat");

        Assert.Equal(1, run.Code);
        Assert.Contains("index changes of messages is missing", run.Output, StringComparison.Ordinal);

        await servers.DropAsync("chat_db");
        Assert.Equal(0, (await servers.DbAsync("up", "chat")).Code);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_for_each_service()
    {
        var run = await servers.DbAsync("up", "auth", "--connection", "Host=127.0.0.1;Port=1;Username=postgres;Password=x");

        Assert.Equal(1, run.Code);
        Assert.Contains("auth: database auth_db on 127.0.0.1:1 can't be created: no server answers there", run.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_is_generated_where_the_migrations_build_what_is_declared()
    {
        var run = await servers.DbAsync("generate", "--json");

        Assert.Equal(0, run.Code);
        foreach (var service in (string[])["auth", "user", "chat", "notification"])
        {
            Assert.Contains($"{service}: nothing to do", run.Errors, StringComparison.Ordinal);
            Assert.Empty(run.Service(service).GetProperty("done").EnumerateArray());
        }
    }

    [Fact]
    public async Task A_database_that_does_not_exist_is_no_database_of_ours()
    {
        var run = await servers.DbAsync("migrate", "gateway");

        Assert.Equal(1, run.Code);
        Assert.Contains("auth, user, chat, notification", (run.Output + run.Errors).ReplaceLineEndings(" "), StringComparison.Ordinal);
    }
}
