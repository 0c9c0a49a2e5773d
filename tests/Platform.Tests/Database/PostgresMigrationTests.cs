using ChatApp.Platform.Database;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Platform.Tests.Database;

public sealed class PostgresMigrationTests : IAsyncLifetime
{
    private static readonly (string, string) Ground = ("V1__ground.sql", "CREATE TABLE runs (at timestamptz NOT NULL DEFAULT now()); INSERT INTO runs DEFAULT VALUES;");
    private static readonly (string, string) Once = ("V2__once.sql", "SELECT pg_sleep(0.2); INSERT INTO runs DEFAULT VALUES;");

    private PostgresDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Ten_replicas_that_start_together_run_each_script_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => MigrateAsync(Ground, Once))));

        Assert.Equal(2L, await ScalarAsync("SELECT count(*) FROM service.runs"));
        Assert.Equal(2L, await ScalarAsync("SELECT count(*) FROM service.schema_history WHERE name LIKE 'V%' AND success"));
    }

    [Fact]
    public async Task A_later_start_runs_what_is_new()
    {
        await MigrateAsync(Ground);
        await MigrateAsync(Ground, Once);
        await MigrateAsync(Ground, Once);

        Assert.Equal(2L, await ScalarAsync("SELECT count(*) FROM service.runs"));
    }

    [Fact]
    public async Task A_script_that_fails_leaves_the_database_as_it_was_and_is_named()
    {
        await MigrateAsync(Ground);
        var failing = ("V2__second_thoughts.sql", "CREATE TABLE half (id int); INSERT INTO runs DEFAULT VALUES; SELECT 1 / 0;");

        var failure = await Assert.ThrowsAsync<StartupException>(() => MigrateAsync(Ground, failing, ("V3__never.sql", "CREATE TABLE never (id int);")));

        Assert.Contains("V2__second_thoughts.sql", failure.Message, StringComparison.Ordinal);
        Assert.Contains("division by zero", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("CREATE TABLE", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM service.runs"));
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM pg_tables WHERE tablename IN ('half', 'never')"));

        // Once it is mended, a start is all that it takes.
        await MigrateAsync(Ground, ("V2__second_thoughts.sql", "CREATE TABLE half (id int);"));
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM pg_tables WHERE tablename = 'half'"));
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_ran_is_named()
    {
        await MigrateAsync(Ground);

        var failure = await Assert.ThrowsAsync<StartupException>(() => MigrateAsync((Ground.Item1, $"{Ground.Item2} -- and more")));

        Assert.Contains("V1__ground.sql", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_said_in_one_sentence()
    {
        var nowhere = new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Port = 1 }.ConnectionString;

        var failure = await Assert.ThrowsAsync<StartupException>(
            () => new PostgresMigrations("service", "service", nowhere, service: null, PostgresScript.In(new Scripts(Ground))).MigrateAsync(_ => { }, Cancel));

        Assert.Contains(":1:", failure.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private Task MigrateAsync(params (string, string)[] scripts) =>
        new PostgresMigrations("service", "service", _database.ConnectionString, service: null, PostgresScript.In(new Scripts(scripts))).MigrateAsync(_ => { }, Cancel);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_database.ConnectionString);
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
