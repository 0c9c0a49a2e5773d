using ChatApp.Platform.Database;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Platform.Tests.Database;

/// <summary>What can be wrong with a database at a start, on a real server: one sentence names the database and the remedy, and the table of the docs has it.</summary>
public sealed class PostgresProblemTests : IAsyncLifetime
{
    private static readonly PostgresScript Ground = Script(1, "ground", "CREATE TABLE runs (id int);\nINSERT INTO runs VALUES (1), (1);");

    private readonly string _role = $"role_{Guid.NewGuid():N}";
    private PostgresDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        await using var server = NpgsqlDataSource.Create(TestStores.Postgres);
        await using var command = server.CreateCommand($"DROP ROLE IF EXISTS {_role}");
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task A_server_that_does_not_answer() => await RefusedAsync("no server answers", with: settings => settings.Port = 1);

    [Fact]
    public async Task A_wrong_password() => await RefusedAsync("does not let role postgres in", with: settings => settings.Password = "wrong");

    [Fact]
    public async Task A_missing_database() => await RefusedAsync("does not exist", with: settings => settings.Database = "nobody_made_it");

    [Fact]
    public async Task A_missing_privilege_of_the_role_that_migrates()
    {
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN PASSWORD 'of the test'");

        await RefusedAsync("lacks a privilege", with: settings => (settings.Username, settings.Password) = (_role, "of the test"));
    }

    [Fact]
    public async Task A_missing_privilege_of_the_role_that_serves()
    {
        await ExecuteAsync($"CREATE ROLE {_role} LOGIN PASSWORD 'of the test'");
        var service = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Username = _role, Password = "of the test" }.ConnectionString;
        var migrations = new PostgresMigrations("service", "service", _database.ConnectionString, service, [Ground]);
        await migrations.MigrateAsync(_ => { }, Cancel);

        var failure = await Assert.ThrowsAsync<StartupException>(() => migrations.CheckServiceAsync(Cancel));

        Assert.Contains("can't read and write runs", failure.Message, StringComparison.Ordinal);
        Assert.True(Troubleshooting.Explains(failure.Message), failure.Message);

        await ExecuteAsync($"GRANT USAGE ON SCHEMA service TO {_role}; GRANT ALL ON ALL TABLES IN SCHEMA service TO {_role}");
        await migrations.CheckServiceAsync(Cancel);
    }

    [Fact]
    public async Task A_changed_migration_until_repair_accepts_it()
    {
        await Of(Ground).MigrateAsync(_ => { }, Cancel);
        var changed = Script(1, "ground", "CREATE TABLE runs (id bigint);");

        await RefusedAsync("V1__ground.sql was changed", null, changed);

        await Of(changed).RepairAsync(_ => { }, Cancel);
        await Of(changed).MigrateAsync(_ => { }, Cancel);
    }

    [Fact]
    public async Task Two_migrations_with_one_version() =>
        await RefusedAsync("version 2: V2__one.sql and V2__other.sql", null, Ground, Script(2, "one", "SELECT 1"), Script(2, "other", "SELECT 1"));

    [Fact]
    public async Task A_migration_that_comes_too_late()
    {
        await Of(Ground, Script(3, "third", "SELECT 1")).MigrateAsync(_ => { }, Cancel);

        await RefusedAsync("V2__second.sql comes before", null, Ground, Script(2, "second", "SELECT 1"), Script(3, "third", "SELECT 1"));
    }

    [Fact]
    public async Task A_database_newer_than_the_program()
    {
        await Of(Ground, Script(2, "next", "SELECT 1")).MigrateAsync(_ => { }, Cancel);

        await RefusedAsync("newer than this program", null, Ground);
    }

    [Fact]
    public async Task A_migration_that_is_gone_from_the_program()
    {
        await Of(Ground, Script(2, "next", "SELECT 1"), Script(3, "last", "SELECT 1")).MigrateAsync(_ => { }, Cancel);

        await RefusedAsync("V2__next.sql was applied but is not in this program", null, Ground, Script(3, "last", "SELECT 1"));
    }

    [Fact]
    public async Task A_script_that_fails_is_named_with_its_line() =>
        await RefusedAsync("V2__typo.sql, line 4, failed: column \"nobody\" does not exist", null, Ground, Script(2, "typo", "CREATE TABLE half (id int);\n\nSELECT id,\n  nobody\nFROM runs;"));

    [Fact]
    public async Task A_half_applied_migration_until_repair_lets_it_run_again()
    {
        // An index that is built concurrently stays behind, invalid, when a row violates it.
        var half = Script(2, "half", "-- evolve-tx-off\nCREATE UNIQUE INDEX CONCURRENTLY runs_once ON runs (id);");
        await RefusedAsync("It does not run in a transaction", null, Ground, half);

        await RefusedAsync("V2__half.sql stopped half-way", null, Ground, half);

        await ExecuteAsync("DROP INDEX service.runs_once; TRUNCATE service.runs");
        await Of(Ground, half).RepairAsync(_ => { }, Cancel);
        await Of(Ground, half).MigrateAsync(_ => { }, Cancel);
        Assert.All(await Of(Ground, half).InspectAsync(Cancel), step => Assert.Equal(StepState.Applied, step.State));
    }

    [Fact]
    public async Task A_connection_that_is_lost_half_way_leaves_a_mark_too()
    {
        var cut = Script(2, "cut", "-- evolve-tx-off\nSELECT pg_terminate_backend(pg_backend_pid());");
        await Assert.ThrowsAsync<StartupException>(() => Of(Ground, cut).MigrateAsync(_ => { }, Cancel));

        await RefusedAsync("V2__cut.sql stopped half-way", null, Ground, cut);
    }

    private async Task RefusedAsync(string because, Action<NpgsqlConnectionStringBuilder>? with, params PostgresScript[] scripts)
    {
        var settings = new NpgsqlConnectionStringBuilder(_database.ConnectionString);
        with?.Invoke(settings);
        var migrations = new PostgresMigrations("service", "service", settings.ConnectionString, service: null, scripts is [] ? [Ground] : scripts);

        var failure = await Assert.ThrowsAsync<StartupException>(() => migrations.MigrateAsync(_ => { }, Cancel));

        Assert.True(failure.Message.Contains(because, StringComparison.Ordinal), failure.Message);
        Assert.StartsWith($"database {settings.Database} on {settings.Host}:{settings.Port}: ", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
        Assert.True(Troubleshooting.Explains(failure.Message), failure.Message);
    }

    private static PostgresScript Script(int version, string name, string sql) => new($"{version}", name, sql);

    private PostgresMigrations Of(params PostgresScript[] scripts) => new("service", "service", _database.ConnectionString, service: null, scripts);

    private async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(_database.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
