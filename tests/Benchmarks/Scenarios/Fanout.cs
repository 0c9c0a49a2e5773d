using System.Diagnostics;
using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Scenarios;

/// <summary>What a message costs in a group of so many, of whom so many are online. The next one waits until it has arrived.</summary>
internal static class Fanout
{
    private const int MaxMessages = 200;

    private static readonly TimeSpan RestTime = TimeSpan.FromSeconds(5);

    public static async Task RunAsync(Bench bench, CancellationToken ct)
    {
        int[] sizes = bench.Options.Quick ? [10, 100, 300] : [10, 100, 300, 1_000, 10_000];
        var most = OpenFiles.Most();
        await using var people = new People(bench.Api);
        await people.RegisterAsync(sizes[^1], ct);
        foreach (var size in sizes)
        {
            var group = await people.StartGroupAsync([.. people.All.Take(size)], ct);
            foreach (var (name, online) in Cases(size))
            {
                if (online > most)
                    bench.Note($"fanout, {size} members, {name}: left out, since this machine has open files for {most} streams.");
                else
                    await MeasureAsync(bench, people, group, name, online, ct);
            }
        }
    }

    private static IEnumerable<(string Name, int Online)> Cases(int size)
    {
        yield return ("all online", size);
        yield return ("a tenth online", size / 10);
        // As many as in the common load.
        if (size > 500)
            yield return ("50 online", 50);
        yield return ("nobody online", 0);
    }

    private static async Task MeasureAsync(Bench bench, People people, Conversation group, string name, int online, CancellationToken ct)
    {
        await people.LeaveAsync();
        await people.RefreshAsync(group.Members.Take(Math.Max(1, online)), ct);
        await people.ListenAsync(group.Members.Take(online), ct);

        var into = bench.Figures.Of($"fanout, {group.Members.Count} members", name);
        var before = await bench.Meters.SettleAsync(ct);
        var resting = bench.Meters.Read();
        await Task.Delay(RestTime, ct);
        var rest = bench.Meters.Read().Since(resting);
        for (var run = 1; run <= bench.Options.Runs; run++)
        {
            Console.Error.WriteLine($"{into.Scenario}, {into.Case}: run {run} of {bench.Options.Runs}");
            await people.RefreshAsync(group.Members.Take(Math.Max(1, online)), ct);
            bench.AddSpeed();
            var started = bench.Meters.Read();
            var (sent, answers) = await SendAsync(bench, people, group, Math.Max(0, online - 1), ct);
            var time = Stopwatch.GetElapsedTime(started.At);
            var (_, missing) = await people.Deliveries.DrainAsync(TimeSpan.FromSeconds(30), ct);
            var after = await bench.Meters.SettleAsync(ct);
            var usage = bench.Meters.Read().Since(started);

            into.Add("rate", "/s", sent / time.TotalSeconds, moreIsBetter: true);
            answers.AddTo(into, "answer");
            people.Deliveries.Latencies.AddTo(into, "delivery");
            into.Add("undelivered", "", missing);
            into.AddUsage("message, beyond rest", Beyond(usage, rest), sent);
            bench.AddWork(into, "message", before, after, sent);
            before = after;
        }
    }

    private static async Task<(int Sent, Latencies Answers)> SendAsync(
        Bench bench, People people, Conversation group, int others, CancellationToken ct)
    {
        var (sent, answers, started) = (0, new Latencies(), Stopwatch.GetTimestamp());
        people.Deliveries.Latencies = new Latencies();
        for (; sent < MaxMessages && Stopwatch.GetElapsedTime(started) < bench.Options.Length; sent++)
        {
            var everywhere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var since = Stopwatch.GetTimestamp();
            await people.SayAsync(group, group.Members[0], others, since, recorded: true, ct, everywhere.SetResult);
            answers.Add(since);
            if (others > 0)
                await everywhere.Task.WaitAsync(TimeSpan.FromSeconds(30), ct);
        }

        return (sent, answers);
    }

    private static Usage Beyond(Usage usage, Usage rest)
    {
        var share = usage.Time / rest.Time;
        return usage with { Parts = usage.Parts.ToDictionary(part => part.Key, part => part.Value - rest.Parts[part.Key] * share) };
    }
}
