using System.Runtime.InteropServices;
using System.Text.Json;
using ChatApp.Benchmarks;
using ChatApp.Benchmarks.Meters;
using ChatApp.Benchmarks.Results;
using ChatApp.Benchmarks.Scenarios;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

// In cores.
const double MostDisturbance = 0.2;

// `./chat bench` gives the options as one JSON document.
var options = JsonSerializer.Deserialize<BenchOptions>(args[0], JsonSerializerOptions.Web)!;
using var stopping = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 200;

try
{
    await RunAsync(stopping.Token);
    return 0;
}
catch (Exception exception) when (exception is LaunchException or HttpRequestException or IOException)
{
    Console.Error.WriteLine($"chat: {exception.Message}");
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stopping.Cancel();
}

async Task RunAsync(CancellationToken ct)
{
    var before = options.Compare is { } file ? BenchResults.Load(file) : null;
    var scenarios = Scenario.Named(options.Scenarios, before);
    var folder = Path.Combine(options.Repository, ".local", "bench");
    var stackOptions = new StackOptions(options.Repository, Path.Combine(folder, "stack"), FreePorts: true) { Replicas = options.Replicas };
    var (figures, notes) = (new Figures(), new List<string>());
    foreach (var scenario in scenarios)
    {
        await using var stack = await BenchStack.StartAsync(stackOptions, scenario, ct);
        await scenario.RunAsync(new Bench(options, stack.Api, stack.Meters, figures, notes.Add, stack.RestartAsync), ct);
    }

    notes.AddRange(figures.All.Where(figure => figure.Name == MeterFigures.Others && figure.Max > MostDisturbance)
        .Select(figure => $"{figure.Scenario}, {figure.Case}: other processes had up to {figure.Max:0.0} cores."));
    var commit = BenchResults.CommitOf(options.Repository);
    var now = new BenchResults(DateTimeOffset.UtcNow, commit, Machine.This, options.Quick, options.Replicas, figures.All, notes);
    var results = Path.Combine(folder, $"{now.At:yyyy-MM-ddTHH-mm-ss}.json");
    now.Save(results);
    Report.Show(now);
    if (before is not null)
        Report.Show(before, now);
    Console.WriteLine($"`./chat bench --compare {Path.GetRelativePath(options.Repository, results)}` compares with this.");
}
