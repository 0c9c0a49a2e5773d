using System.Diagnostics;
using System.Globalization;
using ChatApp.Faults.Tests.History;
using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests;

/// <summary>Everything goes wrong while twenty people talk; in the end nobody may have noticed more than delay.</summary>
public sealed class StormTests(FaultySystem system)
{
    private const int People = 20;

    private static readonly TimeSpan Length = FaultySystem.IsLong ? TimeSpan.FromSeconds(60) : TimeSpan.Zero;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_is_lost_doubled_or_reordered_whatever_fails()
    {
        var seed = Environment.GetEnvironmentVariable("CHATAPP_FAULTS_SEED") is { } given ? int.Parse(given, CultureInfo.InvariantCulture) : Random.Shared.Next();
        Console.WriteLine($"the storm's seed is {seed} (CHATAPP_FAULTS_SEED repeats its order)");
        await using var crowd = await Crowd.GatherAsync(system.Running.Gateways, People, Cancel);

        using var talking = new CancellationTokenSource();
        var talk = crowd.TalkAsync(talking.Token, Cancel);
        var struck = await StrikeAsync(crowd, new Random(seed));
        await talking.CancelAsync();
        await talk;

        var findings = await Verdict.ReachAsync(crowd, Cancel);
        Report(crowd, struck, findings);
        Assert.Empty(crowd.Journal.Contradictions);
        Assert.Empty(findings);
    }

    /// <summary>Every fault once, in random order, and again until the time is over.</summary>
    private async Task<IReadOnlyList<string>> StrikeAsync(Crowd crowd, Random random)
    {
        List<string> struck = [];
        var started = Stopwatch.StartNew();
        do
        {
            foreach (var fault in Fault.All.OrderBy(_ => random.Next()))
            {
                Console.WriteLine($"{started.Elapsed.TotalSeconds:0.0} s: {fault.Name}");
                await fault.StrikeAsync(system, crowd);
                struck.Add(fault.Name);
            }
        }
        while (started.Elapsed < Length);

        return struck;
    }

    private static void Report(Crowd crowd, IReadOnlyList<string> struck, IReadOnlyList<string> findings)
    {
        List<(string What, int Count)> rows =
        [
            ("replicas of each service", FaultySystem.Replicas),
            ("deliveries made twice, of a hundred", (int)(FaultySystem.DuplicateShare * 100)),
            ("deliveries held back, of a hundred", (int)(FaultySystem.LateShare * 100)),
            ("people", crowd.People.Count),
            ("conversations", crowd.Circles.Count),
            .. crowd.Journal.Counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => (count.Key, count.Value)),
            .. struck.GroupBy(name => name).Select(same => (same.Key, same.Count())),
            ("contradictions", crowd.Journal.Contradictions.Count),
            ("findings", findings.Count),
        ];
        var table = string.Join('\n', rows.Select(row => $"| {row.What} | {row.Count} |"));
        Console.WriteLine($"\n| what | count |\n|---|---|\n{table}\n");
        foreach (var finding in crowd.Journal.Contradictions.Concat(findings).Take(20))
            Console.WriteLine(finding);
    }
}
