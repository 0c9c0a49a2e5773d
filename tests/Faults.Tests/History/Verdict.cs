using System.Diagnostics;
using ChatApp.Faults.Tests.Load;

namespace ChatApp.Faults.Tests.History;

/// <summary>Whether the promises were kept.</summary>
public static class Verdict
{
    /// <summary>What is broken once retries and sweeps have had their time: what is still missing then is lost.</summary>
    public static async Task<IReadOnlyList<string>> ReachAsync(Crowd crowd, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); ; await Task.Delay(TimeSpan.FromSeconds(1), ct))
        {
            IReadOnlyList<string> findings = [.. (await Evidence.GatherAsync(crowd, ct)).SelectMany(Checker.Check)];
            if (findings.Count == 0 || waited.Elapsed > FaultySystem.Patience)
                return findings;
        }
    }
}
