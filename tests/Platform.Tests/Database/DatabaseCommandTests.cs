using ChatApp.Platform.Database;
using ChatApp.Testing;

namespace ChatApp.Platform.Tests.Database;

public sealed class DatabaseCommandTests : IAsyncLifetime
{
    private static readonly PostgresScript Ground = new("1", "ground", "CREATE TABLE runs (id int);");
    private static readonly PostgresScript Next = new("2", "next", "ALTER TABLE runs ADD COLUMN at timestamptz;");

    private PostgresDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Migrates_once_a_line_per_step()
    {
        var (code, output) = await RunAsync("migrate", Ground, Next);
        Assert.Equal(0, code);
        Assert.StartsWith($"V1__ground.sql: applied{Environment.NewLine}V2__next.sql: applied{Environment.NewLine}", output, StringComparison.Ordinal);

        (code, output) = await RunAsync("migrate", Ground, Next);
        Assert.Equal(0, code);
        Assert.Contains("at version 2, 0 pending", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dry_run_says_what_would_run_and_changes_nothing()
    {
        var (code, output) = await RunAsync("migrate --dry-run", Ground);

        Assert.Equal(0, code);
        Assert.Contains("V1__ground.sql: would be applied", output, StringComparison.Ordinal);
        Assert.Contains("CREATE TABLE runs", output, StringComparison.Ordinal);
        Assert.Equal(StepState.Pending, Assert.Single(await Of(Ground).InspectAsync(Cancel)).State);
    }

    [Fact]
    public async Task Pending_is_well_for_status_but_not_for_validate()
    {
        Assert.Equal(0, (await RunAsync("status", Ground)).Code);
        Assert.Equal(1, (await RunAsync("validate", Ground)).Code);
        await RunAsync("migrate", Ground);
        Assert.Equal(0, (await RunAsync("validate", Ground)).Code);
    }

    [Fact]
    public async Task Json_is_one_document_that_says_what_went_wrong()
    {
        await RunAsync("migrate", Ground);

        var (code, output) = await RunAsync("status --json", new PostgresScript("1", "ground", "CREATE TABLE other (id int);"));

        var report = DatabaseReport.Parse(output);
        Assert.Equal((1, false, "1"), (code, report.Ok, report.Version));
        Assert.Equal(StepState.Changed, Assert.Single(report.Steps).State);
        Assert.Contains("was changed after it was applied", report.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_baseline_is_for_a_database_that_others_have_built()
    {
        Assert.Contains("is empty", (await RunAsync("baseline", Ground, Next)).Output, StringComparison.Ordinal);
        await using (var server = Npgsql.NpgsqlDataSource.Create(_database.ConnectionString))
        await using (var command = server.CreateCommand("CREATE SCHEMA service; CREATE TABLE service.runs (id int)"))
            await command.ExecuteNonQueryAsync(Cancel);

        Assert.Equal(0, (await RunAsync("baseline --version 1", Ground, Next)).Code);
        Assert.Equal([StepState.Applied, StepState.Pending], (await Of(Ground, Next).InspectAsync(Cancel)).Select(step => step.State));
        Assert.Equal(0, (await RunAsync("migrate", Ground, Next)).Code);
        Assert.Contains("has a history already", (await RunAsync("baseline", Ground, Next)).Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("db")]
    [InlineData("db drop")]
    [InlineData("db migrate --everything")]
    public void What_it_does_not_know_it_says(string arguments) =>
        Assert.Contains("usage: db", Assert.Throws<StartupException>(() => DatabaseCommand.Parse(arguments.Split(' '))).Message, StringComparison.Ordinal);

    private PostgresMigrations Of(params PostgresScript[] scripts) => new("service", "service", _database.ConnectionString, service: null, scripts);

    private async Task<(int Code, string Output)> RunAsync(string command, params PostgresScript[] scripts)
    {
        await using var output = new StringWriter();
        var json = command.Contains("--json", StringComparison.Ordinal);
        var code = await DatabaseCommand.Parse(["db", .. command.Split(' ')]).RunAsync(Of(scripts), output, json ? TextWriter.Null : output, Cancel);
        return (code, output.ToString());
    }
}
