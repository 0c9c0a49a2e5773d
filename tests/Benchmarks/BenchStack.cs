using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;
using ChatApp.Benchmarks.Scenarios;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Telemetry;
using MongoDB.Driver;

namespace ChatApp.Benchmarks;

/// <summary>A stack for one scenario, and empty.</summary>
internal sealed class BenchStack : IAsyncDisposable
{
    private readonly RunningSystem _system;
    private readonly TelemetryClient? _telemetry;

    private BenchStack(RunningSystem system, TelemetryClient? telemetry)
    {
        (_system, _telemetry) = (system, telemetry);
        Api = new Api(system.Gateway);
        Meters = new StackMeters(() => system.Parts, new MongoClient(system.Mongo), telemetry);
    }

    public Api Api { get; }

    public StackMeters Meters { get; }

    public static async Task<BenchStack> StartAsync(StackOptions options, Scenario scenario, CancellationToken ct)
    {
        if (RunState.Load(options) is { } left)
            await left.StopAsync(options, _ => { });
        StackData.Delete(options);

        // Processes inherit it.
        foreach (var (name, value) in scenario.Environment)
            Environment.SetEnvironmentVariable(name, value);
        Console.Error.WriteLine($"{scenario.Name}: starting a stack");
        var system = await RunningSystem.StartAsync(options, _ => { }, ct);
        foreach (var (name, _) in scenario.Environment)
            Environment.SetEnvironmentVariable(name, null);
        return new BenchStack(system, TelemetryClient.Find(options));
    }

    public Task RestartAsync(string part, CancellationToken ct) => _system.RestartAsync(part, kill: false, ct);

    public async ValueTask DisposeAsync()
    {
        Api.Dispose();
        _telemetry?.Dispose();
        await _system.StopAsync();
    }
}
