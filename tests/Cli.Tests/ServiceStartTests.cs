using System.Diagnostics;
using System.Text.Json;
using ChatApp.Testing;

namespace ChatApp.Cli.Tests;

/// <summary>Real programs of services, as processes.</summary>
public sealed class ServiceStartTests : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    private PostgresDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    [Fact]
    public async Task Ten_commands_at_once_apply_each_migration_once()
    {
        var runs = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => OwnServers.ServiceAsync("User", _database.ConnectionString, "db", "migrate", "--json")));

        Assert.All(runs, run => Assert.True(run.Code == 0, run.Errors));
        var applied = runs.SelectMany(run => run.Json.GetProperty("done").EnumerateArray()).Select(step => step.GetProperty("name").GetString()).ToList();
        Assert.Equal(applied.Distinct(), applied);
        Assert.All(runs, run => Assert.Equal(0, run.Json.GetProperty("pending").GetInt32()));
    }

    [Fact]
    public async Task Ten_services_that_start_at_once_all_serve()
    {
        var services = Enumerable.Range(0, 10).Select(_ => Start()).ToList();
        try
        {
            await Task.WhenAll(services.Select(ServesAsync));
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
        using var service = Start(_database.ConnectionString.Replace("Password=", "Password=not-", StringComparison.Ordinal));
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
        using var service = Start(_database.ConnectionString.Replace("Password=", "Password=not-", StringComparison.Ordinal), KeyValuePair.Create("Logging__Console__FormatterName", "json"));
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

    private Process Start(string? connectionString = null, params KeyValuePair<string, string>[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [OwnServers.ProgramOf("User")]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["ConnectionStrings__user"] = connectionString ?? _database.ConnectionString;
        start.Environment["APP_API_TOKEN"] = ServiceApi.AppToken;
        start.Environment["APP_PORT"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private static async Task ServesAsync(Process service)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var said = new List<string>();
        while (await service.StandardOutput.ReadLineAsync(limit.Token) is { } line)
        {
            said.Add(line);
            if (line.Contains("Application started", StringComparison.Ordinal))
                return;
        }

        Assert.Fail(string.Join('\n', said));
    }
}
