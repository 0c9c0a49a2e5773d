using ChatApp.Benchmarks.Meters;
using ChatApp.Benchmarks.Results;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Benchmarks.Scenarios;

/// <param name="Environment">What the stack's processes get besides.</param>
internal sealed record Scenario(
    string Name, Func<Bench, CancellationToken, Task> RunAsync, params IReadOnlyList<(string Name, string Value)> Environment)
{
    // The metrics come soon enough to be counted after each run; traces of every message would cost more than what is measured.
    private static readonly (string, string)[] Counted =
        [("OTEL_METRIC_EXPORT_INTERVAL", $"{StackMeters.ExportInterval}"), ("OTEL_TRACES_SAMPLER_ARG", "0.001")];

    // Thousands sign up, and what a password costs is not the question here.
    private static readonly (string, string)[] CheapPasswords = [("Passwords__MemoryKibibytes", "8192"), ("Passwords__Passes", "1")];

    public static IReadOnlyList<Scenario> All { get; } =
    [
        new("send", Talk.SendAsync, Counted),
        new("deliver", Talk.DeliverAsync, Counted),
        new("history", Talk.HistoryAsync, Counted),
        new("login", Talk.LoginAsync, Counted),
        new("fanout", Fanout.RunAsync, [.. Counted, .. CheapPasswords]),
        new("streams", Streams.RunAsync, [.. Counted, .. CheapPasswords]),
        new("rest", Rest.RunAsync),
    ];

    /// <summary>These, or those that the results have when none is named, or all.</summary>
    /// <exception cref="LaunchException">There is no such scenario.</exception>
    public static IReadOnlyList<Scenario> Named(IReadOnlyList<string> names, BenchResults? results)
    {
        if (names.FirstOrDefault(name => All.All(scenario => scenario.Name != name)) is { } unknown)
            throw new LaunchException($"there is no scenario {unknown}: only {string.Join(", ", All.Select(scenario => scenario.Name))}.");

        return [.. All.Where(scenario => names.Count > 0
            ? names.Contains(scenario.Name)
            : results is null || results.Figures.Any(figure => figure.Scenario.Split(',')[0] == scenario.Name))];
    }
}
