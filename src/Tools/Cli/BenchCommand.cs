using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary><c>chat bench</c>: builds tests/Benchmarks and runs it, which starts a stack and puts it under load.</summary>
internal static class BenchCommand
{
    private const string Project = "Benchmarks";

    public static Command Create(StackOptions options)
    {
        var scenarios = new Argument<string[]>("scenario")
        {
            Arity = ArgumentArity.ZeroOrMore,
            Description = "send, deliver, history, login, fanout, streams or rest; all when left out.",
        };
        var runs = new Option<int>("--runs") { Description = "How often each case is measured.", DefaultValueFactory = _ => 3 };
        var quick = new Option<bool>("--quick") { Description = "Shorter runs, and not the largest cases." };
        var replicas = new Option<int>("--replicas") { Description = "Processes of each service.", DefaultValueFactory = _ => 1 };
        var compare = new Option<FileInfo>("--compare") { Description = "Earlier results: measure the same, and say what got better or worse." };
        foreach (var number in (Option<int>[])[runs, replicas])
        {
            number.Validators.Add(given =>
            {
                if (given.GetValueOrDefault<int>() is < 1 or > 10)
                    given.AddError($"{number.Name} is a number from 1 to 10.");
            });
        }

        compare.AcceptExistingOnly();
        var command = new Command("bench", "Measure a stack of its own under load.") { scenarios, runs, quick, replicas, compare };
        command.SetAction(async (arguments, ct) =>
        {
            if (!await TestCommand.BuildAsync(Path.Combine(options.Repository, "tests", Project), ct))
                return 1;

            return await RunAsync(options.Repository, JsonSerializer.Serialize(new
            {
                options.Repository,
                Scenarios = arguments.GetValue(scenarios) ?? [],
                Runs = arguments.GetValue(runs),
                Quick = arguments.GetValue(quick),
                Replicas = arguments.GetValue(replicas),
                Compare = arguments.GetValue(compare)?.FullName,
            }, JsonSerializerOptions.Web), ct);
        });
        return command;
    }

    /// <summary>Whoever stops the command stops the benchmark, which then stops its stack.</summary>
    private static async Task<int> RunAsync(string repository, string options, CancellationToken ct)
    {
        var program = Path.Combine(repository, "artifacts", "bin", Project, "release", $"ChatApp.{Project}.dll");
        using var benchmark = Process.Start(new ProcessStartInfo("dotnet", [program, options]))!;
        await using var stop = ct.Register(() => Process.Start("kill", ["-TERM", $"{benchmark.Id}"]).Dispose());
        await benchmark.WaitForExitAsync(CancellationToken.None);
        return benchmark.ExitCode;
    }
}
