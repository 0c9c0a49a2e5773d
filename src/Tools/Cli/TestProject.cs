using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

internal sealed record TestResult(string Project, int Passed, int Failed, TimeSpan Took);

/// <summary>A test project, which is a program of its own (xunit.v3).</summary>
/// <param name="Broker">The one that its system runs with; null leaves that to dapr.yaml.</param>
internal sealed partial record TestProject(string Name, string Repository, string? Broker = null)
{
    private const string EndToEnd = "EndToEnd.Tests";

    /// <summary>A project whose tests hang must not keep the others from running; the long run of the faults has no limit.</summary>
    private static readonly TimeSpan Limit =
        Environment.GetEnvironmentVariable("CHATAPP_FAULTS") == "long" ? Timeout.InfiniteTimeSpan : TimeSpan.FromMinutes(10);

    /// <summary>What tests the whole system does so with each broker.</summary>
    public IEnumerable<TestProject> WithEachBroker() => Name == EndToEnd ? MessageBroker.Names.Select(broker => this with { Broker = broker }) : [this];

    public static IReadOnlyList<TestProject> Find(string repository, IReadOnlyList<string> names)
    {
        var all = Directory.GetDirectories(Path.Combine(repository, "tests"), "*.Tests")
            .Select(folder => new TestProject(Path.GetFileName(folder), repository))
            .OrderBy(project => project.Name == EndToEnd)
            .ThenBy(project => project.Name)
            .ToList();
        if (names.FirstOrDefault(name => all.TrueForAll(project => project.Name != name)) is { } unknown)
            throw new LaunchException($"there is no test project {unknown}: it is one of {string.Join(", ", all.Select(project => project.Name))}.");

        return names.Count == 0 ? all : all.FindAll(project => names.Contains(project.Name));
    }

    public async Task<TestResult> RunAsync(StoreAddresses stores, CancellationToken ct)
    {
        var name = Broker is null ? Name : $"{Name} ({Broker})";
        Say.Line($"testing {name}");
        var start = new ProcessStartInfo("dotnet", [Assembly, "-noColor", "-noLogo", "-failSkips", "-longRunning", "60"])
        {
            RedirectStandardOutput = true,
            WorkingDirectory = Repository,
        };
        start.Environment["CHATAPP_TEST_POSTGRES"] = stores.Postgres;
        start.Environment["CHATAPP_TEST_MONGO"] = stores.Mongo;
        start.Environment["CHATAPP_REPOSITORY"] = Repository;
        // Processes of tests live for seconds: what the runtime would optimise in the background takes half of the processor and never pays.
        start.Environment["DOTNET_TC_CallCounting"] = "0";
        if (Broker is not null)
            start.Environment["CHATAPP_BROKER"] = Broker;
        if (Broker is not null and not MessageBroker.Kafka)
        {
            start.ArgumentList.Add("-trait-");
            start.ArgumentList.Add("broker=any");
        }

        var watch = Stopwatch.StartNew();
        var (passed, failed) = (0, 0);
        using var process = Process.Start(start)!;
        await using var limit = new Timer(_ => End(process, name), state: null, Limit, Timeout.InfiniteTimeSpan);
        while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
        {
            Say.Line(line);
            if (Summary().Match(line) is not { Success: true } summary)
                continue;

            int Count(string group) => int.Parse(summary.Groups[group].Value, CultureInfo.InvariantCulture);
            failed += Count("errors") + Count("failed") + Count("skipped");
            passed += Count("total") - Count("failed") - Count("skipped") - Count("notrun");
        }

        await process.WaitForExitAsync(ct);
        // A run that died, or found no test, has failed whatever it counted.
        if (failed == 0 && (process.ExitCode != 0 || passed == 0))
            failed = 1;

        return new TestResult(name, passed, failed, watch.Elapsed);
    }

    private static void End(Process process, string name)
    {
        Say.Line($"{name} has not ended within {Limit.TotalMinutes} minutes: it is killed");
        process.Kill(entireProcessTree: true);
    }

    public string Folder => Path.Combine(Repository, "tests", Name);

    private string Assembly => Path.Combine(Repository, "artifacts", "bin", Name, "release", $"ChatApp.{Name}.dll");

    [GeneratedRegex(@"Total: (?<total>\d+), Errors: (?<errors>\d+), Failed: (?<failed>\d+), Skipped: (?<skipped>\d+), Not Run: (?<notrun>\d+)")]
    private static partial Regex Summary();
}
