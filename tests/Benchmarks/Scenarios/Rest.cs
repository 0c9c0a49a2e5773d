using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Scenarios;

/// <summary>What a stack uses that nobody uses.</summary>
internal static class Rest
{
    private static readonly TimeSpan FirstRest = TimeSpan.FromSeconds(15);

    public static async Task RunAsync(Bench bench, CancellationToken ct)
    {
        var into = bench.Figures.Of("rest", "nobody is there");
        await Task.Delay(FirstRest, ct);
        for (var run = 1; run <= bench.Options.Runs; run++)
        {
            Console.Error.WriteLine($"rest: run {run} of {bench.Options.Runs}");
            bench.AddSpeed();
            var before = bench.Meters.Read();
            await Task.Delay(TimeSpan.FromSeconds(bench.Options.Quick ? 10 : 30), ct);
            var usage = bench.Meters.Read().Since(before);
            into.AddShares(usage);
            into.AddMemory(bench.Meters.Memory());
        }
    }
}
