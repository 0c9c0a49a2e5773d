using System.Diagnostics;
using System.Text.Json;
using ChatApp.Faults.Tests;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Mongo;
using ChatApp.LocalStack.Postgres;
using Npgsql;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(FaultySystem))]
// One system, and every test breaks it.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace ChatApp.Faults.Tests;

/// <summary>
/// A local stack of the tests' own: real processes, several replicas of each service, every third delivery made twice and every fifth late, so that others pass
/// it. <c>CHATAPP_FAULTS=long</c> asks for the long run.
/// </summary>
public sealed class FaultySystem : IAsyncLifetime
{
    public const double DuplicateShare = 1 / 3.0, LateShare = 1 / 5.0;

    /// <summary>For what comes late and not never. Redis delivers what a crashed sidecar held after 80 seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private RunningSystem _system = null!;

    public static int Replicas => IsLong ? 3 : 2;

    public static bool IsLong => Environment.GetEnvironmentVariable("CHATAPP_FAULTS") == "long";

    public static string Repository { get; } = FindRepository();

    public static string State { get; } = Path.Combine(Repository, ".local", "faults");

    public RunningSystem Running => _system;

    private static StackOptions Options =>
        new(Repository, State, FreePorts: true) { Replicas = Replicas, DuplicateShare = DuplicateShare, LateShare = LateShare, Postgres = null, Mongo = null };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        if (RunState.Load(Options) is { } before)
            await before.StopAsync(Options, _ => { });
        StackData.Delete(Options);
        _system = await RunningSystem.StartAsync(Options, Console.WriteLine, Cancel);
    }

    /// <summary>SIGKILL, and started again.</summary>
    public Task KillAsync(string part) => _system.RestartAsync(part, kill: true, Cancel);

    /// <summary>SIGKILL; the parts stay down until they are started again.</summary>
    public Task TakeDownAsync(params IReadOnlyList<string> parts) => Task.WhenAll(parts.Select(part => _system.Find(part).KillAsync()));

    public Task StartAgainAsync(params IReadOnlyList<string> parts) => _system.StartAgainAsync(parts, Cancel);

    /// <summary>A client of a service's own port, which calls as its sidecar does.</summary>
    public HttpClient DirectTo(string service)
    {
        var http = new HttpClient { BaseAddress = new Uri(_system.Find(service).Address!) };
        http.DefaultRequestHeaders.Add("dapr-api-token", StackSecrets.LoadOrCreate(Options).AppToken);
        return http;
    }

    /// <summary>SIGSTOP for a while.</summary>
    public async Task FreezeAsync(string part, TimeSpan time)
    {
        var frozen = _system.Find(part);
        frozen.Freeze();
        await Task.Delay(time, Cancel);
        frozen.Thaw();
    }

    /// <summary>The broker is gone for a while: Redis and RabbitMQ by SIGKILL. The mock cluster would keep nothing, so it refuses connections instead.</summary>
    public async Task TakeBrokerDownAsync(TimeSpan time)
    {
        if (_system.Parts.FirstOrDefault(part => part.Name is MessageBroker.Redis or MessageBroker.RabbitMq) is { Name: var server })
        {
            await TakeDownAsync(server);
            await Task.Delay(time, Cancel);
            await StartAgainAsync(server);
            return;
        }

        await SignalBrokerAsync("USR1");
        await Task.Delay(time, Cancel);
        await SignalBrokerAsync("USR2");
    }

    /// <summary>A store answers reads and refuses writes for a while, as one with a full disk does.</summary>
    public async Task RefuseWritesAsync(string store, TimeSpan time)
    {
        await using var server = await AdministerAsync(store);
        await ExecuteAsync("ALTER SYSTEM SET default_transaction_read_only = on");
        await Task.Delay(time, Cancel);
        await ExecuteAsync("ALTER SYSTEM RESET default_transaction_read_only");

        async Task ExecuteAsync(string sql)
        {
            foreach (var statement in (string[])[sql, "SELECT pg_reload_conf()"])
            {
                await using var command = server.CreateCommand(statement);
                await command.ExecuteNonQueryAsync(Cancel);
            }
        }
    }

    /// <summary>Publishes bytes to the broker as they are, through the sidecar of the app that owns the topic.</summary>
    public static async Task PublishRawAsync(string app, string topic, string key, byte[] payload)
    {
        var file = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(Path.Combine(State, "sidecar.json"), Cancel));
        var port = file.GetProperty("apps").EnumerateArray().First(one => one.GetProperty("appId").GetString() == app).GetProperty("httpPort").GetInt32();
        using var http = new HttpClient { DefaultRequestHeaders = { { "dapr-api-token", StackSecrets.LoadOrCreate(Options).DaprToken } } };
        using var answer = await http.PostAsync(
            $"http://127.0.0.1:{port}/v1.0/publish/pubsub/{topic}?metadata.rawPayload=true&metadata.partitionKey={key}", new ByteArrayContent(payload), Cancel);
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    /// <summary>Runs a command of <c>chat</c> on this system's stores.</summary>
    /// <returns>The document that it printed.</returns>
    public async Task<JsonElement> CommandAsync(params IReadOnlyList<string> arguments)
    {
        var (code, output) = await ChatAsync(
            [.. arguments, "--json"],
            new("CHATAPP_REPOSITORY", Repository),
            new("CHATAPP_POSTGRES", await AdministratorAsync("postgres")),
            new("CHATAPP_MONGO", _system.Mongo));
        Assert.True(code == 0, output);
        return JsonSerializer.Deserialize<JsonElement>(output);
    }

    /// <summary>Runs a command of <c>chat</c> as in a checkout whose running system is this one.</summary>
    /// <returns>The document that it printed; null when it printed none.</returns>
    public static async Task<JsonElement?> LookAsync(params IReadOnlyList<string> arguments)
    {
        var checkout = Directory.CreateTempSubdirectory("chatapp-faults-");
        Directory.CreateSymbolicLink(Path.Combine(checkout.FullName, ".local"), State);
        var (_, output) = await ChatAsync([.. arguments, "--json"], new KeyValuePair<string, string>("CHATAPP_REPOSITORY", checkout.FullName));
        checkout.Delete(recursive: true);
        return output.Length > 0 ? JsonSerializer.Deserialize<JsonElement>(output) : null;
    }

    private static async Task<(int Code, string Output)> ChatAsync(IReadOnlyList<string> arguments, params IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(Repository, "artifacts", "bin", "Cli", "release", "ChatApp.Cli.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var command = Process.Start(start)!;
        var output = await command.StandardOutput.ReadToEndAsync(Cancel);
        await command.WaitForExitAsync(Cancel);
        return (command.ExitCode, output);
    }

    /// <summary>The superuser of the PostgreSQL below a store: <c>postgres</c> or <c>documentdb</c>.</summary>
    public async Task<NpgsqlDataSource> AdministerAsync(string store, string database = "postgres") =>
        NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(await AdministratorAsync(store)) { Database = database, Options = "-c default_transaction_read_only=off" });

    /// <summary>A server that runs is taken over, which tells its administrator's address.</summary>
    private async Task<string> AdministratorAsync(string store)
    {
        var port = new Uri($"tcp://{_system.Find(store).Address}").Port;
        return store == "postgres"
            ? (await PostgresCluster.StartAsync(Path.Combine(State, "postgres"), port, ct: Cancel)).AdminConnectionString
            : (await DocumentDbEngine.StartAsync(Options.Engine, Path.Combine(State, "mongo"), port, ct: Cancel)).AdminConnectionString;
    }

    public async ValueTask DisposeAsync() => await _system.StopAsync();

    private async Task SignalBrokerAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_system.Find("broker").Pid}"]);
        await kill.WaitForExitAsync(Cancel);
        Assert.Equal(0, kill.ExitCode);
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "dapr.yaml")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new InvalidOperationException("dapr.yaml is not above the tests.");
    }
}
