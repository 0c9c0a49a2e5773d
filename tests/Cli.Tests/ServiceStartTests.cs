using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatApp.Platform.Database;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Tests;

/// <summary>Real programs of services, as processes.</summary>
public sealed partial class ServiceStartTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Theory]
    [InlineData("User")]
    [InlineData("Chat")]
    public async Task Ten_programs_that_start_at_once_all_get_there_and_apply_each_migration_once(string project)
    {
        await using ITestDatabase database = project == "Chat" ? new MongoTestDatabase() : await PostgresDatabase.CreateAsync();
        var services = Enumerable.Range(0, 5).Select(_ => Start(project, database.ConnectionString)).ToList();
        try
        {
            var commands = Enumerable.Range(0, 5).Select(_ => MigrateAsync(project, database.ConnectionString));
            var applied = (await Task.WhenAll(services.Select(ServesAsync).Concat(commands))).SelectMany(names => names).Order().ToList();

            Assert.Equal(applied.Distinct(), applied);
            Assert.Equal(applied, await HistoryAsync(database));
        }
        finally
        {
            foreach (var service in services)
            {
                service.Kill();
                service.Dispose();
            }
        }
    }

    [Fact]
    public async Task A_service_whose_database_is_out_of_reach_says_so_in_one_line_and_ends()
    {
        using var service = Start("User", _database.ConnectionString.Replace("Password=", "Password=not-", StringComparison.Ordinal));
        var (output, errors) = (service.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), service.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await service.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal(1, service.ExitCode);
        var line = Assert.Single((await output).Split('\n'), line => line.Contains("can't start", StringComparison.Ordinal));
        var said = line[line.IndexOf("database ", StringComparison.Ordinal)..];
        Assert.True(Troubleshooting.Explains(said), said);
        Assert.Empty(await errors);
    }

    [Fact]
    public async Task A_log_for_a_collector_has_an_object_in_each_line()
    {
        using var service = Start("User", _database.ConnectionString.Replace("Password=", "Password=not-", StringComparison.Ordinal), KeyValuePair.Create("Logging__Console__FormatterName", "json"));
        var output = await service.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonSerializer.Deserialize<JsonElement>(line)).ToList();
        Assert.Contains(lines, line => line.GetProperty("LogLevel").GetString() == "Critical" && line.GetProperty("State").GetProperty("Service").GetString() == "ChatApp.User");
    }

    [Fact]
    public async Task A_service_without_a_setting_says_which_and_ends()
    {
        var run = await OwnServers.ServiceAsync("User", "", "db", "migrate");

        Assert.Equal((1, "ChatApp.User can't start: ConnectionStrings__user is not set. `./chat up` sets it; elsewhere put it into the environment.\n"), (run.Code, run.Errors));
    }

    private static Process Start(string project, string connectionString, params KeyValuePair<string, string>[] environment) => OwnServers.Start(
        ["dotnet", OwnServers.ProgramOf(project)],
        [
            new($"ConnectionStrings__{OwnServers.ServiceOf(project)}", connectionString),
            new("APP_API_TOKEN", ServiceApi.AppToken),
            new("APP_PORT", "0"),
            .. environment,
        ]);

    /// <summary>The migrations that it applied until it served.</summary>
    private static async Task<IReadOnlyList<string>> ServesAsync(Process service)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var said = new List<string>();
        while (await service.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            if (line.Contains("Application started", StringComparison.Ordinal))
                return [.. said.Select(line => Applied().Match(line)).Where(applied => applied.Success).Select(applied => applied.Groups["name"].Value)];
        }

        throw new InvalidOperationException(string.Join('\n', said));
    }

    /// <summary>The migrations that the command applied.</summary>
    private static async Task<IReadOnlyList<string>> MigrateAsync(string project, string connectionString)
    {
        var run = await OwnServers.ServiceAsync(project, connectionString, "db", "migrate", "--json");
        Assert.True(run.Code == 0, run.Errors);
        Assert.Equal(0, run.Json.GetProperty("pending").GetInt32());
        return [.. run.Json.GetProperty("done").EnumerateArray().Select(step => step.GetProperty("name").GetString()!)];
    }

    /// <summary>What the database says was applied, and nothing else: a lock that is left would be among it.</summary>
    private static async Task<IEnumerable<string>> HistoryAsync(ITestDatabase database)
    {
        if (database is MongoTestDatabase mongo)
        {
            var rows = await mongo.Open().GetCollection<BsonDocument>(MongoMigrations.HistoryCollection).Find("{}").ToListAsync(TestContext.Current.CancellationToken);
            return rows.Select(row => $"{row["_id"]} {row.GetValue("name", "")}").Order();
        }

        await using var source = NpgsqlDataSource.Create(database.ConnectionString);
        await using var command = source.CreateCommand("SELECT array_agg(name) FROM users.schema_history WHERE type = 0");
        return ((string[])(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!).Order();
    }

    [GeneratedRegex("Applied migration (?<name>.+) to ")]
    private static partial Regex Applied();
}
