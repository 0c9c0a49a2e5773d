using System.Diagnostics;
using ChatApp.EndToEnd.Tests;
using ChatApp.LocalStack.Launch;
using Xunit.Sdk;
using Xunit.v3;

[assembly: AssemblyFixture(typeof(ChatSystem))]
// One system, and one of the tests restarts it.
[assembly: Parallelization(Mode = ParallelMode.None)]

namespace ChatApp.EndToEnd.Tests;

/// <summary>The running system that these tests talk to: the one that <c>CHATAPP_URL</c> names, else a local stack of their own, on free ports.</summary>
public sealed class ChatSystem : IAsyncLifetime
{
    /// <summary>A trait of what is the same with every broker: <c>./chat test</c> runs it with that of dapr.yaml only.</summary>
    public const string Broker = "broker", Any = "any";

    private RunningSystem? _own;

    private int _clients;

    public Uri Url => Gateways[0];

    /// <summary>The gateway's replicas; of a system that somebody else started, its one address.</summary>
    private IReadOnlyList<Uri> Gateways { get; set; } = [];

    public static string Repository { get; } = FindRepository();

    private static StackOptions Options => new(Repository, Path.Combine(Repository, ".local", "end-to-end"), FreePorts: true) { Replicas = Replicas };

    /// <summary>Two with Kafka. What replicas share with another broker is tested where it is cheaper: in Faults.Tests, and with the sidecar itself.</summary>
    private static int Replicas => Environment.GetEnvironmentVariable("CHATAPP_BROKER") is null or "" or MessageBroker.Kafka ? 2 : 1;

    public async ValueTask InitializeAsync()
    {
        if (Environment.GetEnvironmentVariable("CHATAPP_URL") is { Length: > 0 } url)
        {
            Gateways = [new Uri(url)];
            return;
        }

        if (RunState.Load(Options) is { } before)
            await before.StopAsync(Options, _ => { });
        StackData.Delete(Options);

        _own = await RunningSystem.StartAsync(Options, Console.WriteLine, TestContext.Current.CancellationToken);
        Gateways = _own.Gateways;
    }

    /// <summary>Where the next client goes: one after the other to each replica, as behind a load balancer.</summary>
    public Uri NextGateway() => Gateways[Interlocked.Increment(ref _clients) % Gateways.Count];

    /// <summary>
    /// Restarts every service by SIGKILL, one replica of each after the other. For a system that somebody else started, <c>CHATAPP_RESTART</c> is the command that does it.
    /// </summary>
    public async Task RestartServicesAsync()
    {
        if (_own is null)
        {
            await RestartByCommandAsync();
            return;
        }

        foreach (var replicas in _own.Services.Select((service, index) => (service, Replica: index % Replicas)).GroupBy(one => one.Replica, one => one.service))
        {
            await Task.WhenAll(replicas.Select(service => _own.Find(service).KillAsync()));
            await _own.StartAgainAsync([.. replicas], TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Kills every process at once, stores and broker too, and starts all of it again; the address may be another then.</summary>
    public async Task KillEverythingAndStartAgainAsync()
    {
        if (_own is null)
        {
            await RestartByCommandAsync();
            return;
        }

        await _own.KillAsync();
        _own = await RunningSystem.StartAsync(Options, Console.WriteLine, TestContext.Current.CancellationToken);
        Gateways = _own.Gateways;
    }

    private static async Task RestartByCommandAsync()
    {
        var command = Environment.GetEnvironmentVariable("CHATAPP_RESTART")
            ?? throw new InvalidOperationException("CHATAPP_URL is set: set CHATAPP_RESTART too, to a command that restarts every service and waits for it.");
        using var restart = Process.Start("/bin/sh", ["-c", command]);
        await restart.WaitForExitAsync();
        Assert.Equal(0, restart.ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (_own is not null)
            await _own.StopAsync();
    }

    private static string FindRepository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "dapr.yaml")))
            folder = folder.Parent;

        return folder?.FullName ?? throw new InvalidOperationException("dapr.yaml is not above the tests.");
    }
}
