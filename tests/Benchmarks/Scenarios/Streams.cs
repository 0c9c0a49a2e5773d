using System.Diagnostics;
using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Scenarios;

/// <summary>What so many live streams cost that are open and silent; each person is in one group of ten.</summary>
internal static class Streams
{
    private const int GroupSize = 10;

    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(10);

    public static async Task RunAsync(Bench bench, CancellationToken ct)
    {
        int[] counts = bench.Options.Quick ? [1_000] : [1_000, 5_000];
        await using var people = new People(bench.Api);
        await people.RegisterAsync(Math.Min(counts[^1], OpenFiles.Most()), ct);
        foreach (var members in people.All.Chunk(GroupSize))
            await people.StartGroupAsync(members, ct);

        foreach (var count in counts.Where(count => count <= people.All.Count))
        {
            for (var run = 1; run <= bench.Options.Runs; run++)
            {
                Console.Error.WriteLine($"streams, {count}: run {run} of {bench.Options.Runs}");
                await MeasureAsync(bench, people, count, ct);
            }
        }
    }

    /// <summary>In a gateway that has just started: one that had streams before gives none of their memory back.</summary>
    private static async Task MeasureAsync(Bench bench, People people, int count, CancellationToken ct)
    {
        await people.LeaveAsync();
        await bench.RestartAsync("gateway", ct);
        await people.RefreshAsync(people.All.Take(count), ct);
        await bench.Meters.SettleAsync(ct);
        bench.AddSpeed();

        var (before, started) = (bench.Meters.Memory(), Stopwatch.GetTimestamp());
        await people.ListenAsync(people.All.Take(count), ct);
        var opening = Stopwatch.GetElapsedTime(started);
        await bench.Meters.SettleAsync(ct);
        var resting = bench.Meters.Read();
        await Task.Delay(RestTime, ct);
        var (rest, after) = (bench.Meters.Read().Since(resting), bench.Meters.Memory());

        var into = bench.Figures.Of("streams", $"{count} streams");
        into.Add("opened", "/s", count / opening.TotalSeconds, moreIsBetter: true);
        into.Add("broken", "", people.All.Count(person => person.Stream is { Broke: true }));
        into.Add("memory, gateway", "KB/stream", (after["gateway"] - before["gateway"]) * 1024 / count);
        into.Add("memory, all", "KB/stream", (after.Values.Sum() - before.Values.Sum()) * 1024 / count);
        into.Add("memory, gateway, with them", "MB", after["gateway"]);
        into.AddShares(rest);
    }
}
