using System.Diagnostics;
using System.Security.Cryptography;
using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;
using ChatApp.Benchmarks.Results;

namespace ChatApp.Benchmarks;

/// <summary>What a scenario works with: a stack of its own, and a place for its figures.</summary>
internal sealed class Bench(
    BenchOptions options, Api api, StackMeters meters, Figures figures, Action<string> note, Func<string, CancellationToken, Task> restart)
{
    private static readonly TimeSpan DeliveryLimit = TimeSpan.FromSeconds(30);
    private static readonly byte[] SpeedBlock = new byte[32 << 20];

    public BenchOptions Options => options;

    public Api Api => api;

    public StackMeters Meters => meters;

    public Figures Figures => figures;

    /// <summary>Starts a part of the stack again.</summary>
    public Task RestartAsync(string part, CancellationToken ct) => restart(part, ct);

    /// <summary>Keeps a remark with the results.</summary>
    public void Note(string text) => note(text);

    public Task<LoadRun> ClosedAsync(int workers, Operation operation, CancellationToken ct) =>
        LoadRun.ClosedAsync(workers, options.WarmUp, options.Length, meters, operation, ct);

    /// <summary>Runs a load so often as is asked for, from rest to rest: only then all that a message causes is counted with it.</summary>
    /// <param name="operation">What one operation is called.</param>
    /// <param name="people">Who takes part.</param>
    public async Task MeasureAsync(CaseFigures into, string operation, People people, Func<Task<LoadRun>> load, CancellationToken ct)
    {
        var before = await meters.SettleAsync(ct);
        for (var run = 1; run <= options.Runs; run++)
        {
            Console.Error.WriteLine($"{into.Scenario}, {into.Case}: run {run} of {options.Runs}");
            await people.RefreshAsync(people.All.Where(person => person.Stream is not null), ct);
            AddSpeed();
            people.Deliveries.Latencies = new Latencies();

            var ran = await load();
            into.Add("rate", "/s", ran.Measured / ran.Usage.Time.TotalSeconds, moreIsBetter: true);
            ran.Answers.AddTo(into, "answer");
            var (took, missing) = await people.Deliveries.DrainAsync(DeliveryLimit, ct);
            if (people.Deliveries.Latencies.Count > 0)
                AddDeliveries(into, people.Deliveries.Latencies, took);
            into.Add("failed or undelivered", "", ran.Failed + missing);
            into.AddUsage(operation, ran.Usage, Math.Max(1, ran.Measured));

            var after = await meters.SettleAsync(ct);
            AddWork(into, operation, before, after, Math.Max(1, ran.All));
            before = after;
        }
    }

    public void AddWork(CaseFigures into, string operation, WorkCounts before, WorkCounts after, double operations)
    {
        into.AddWork(operation, after.Since(before), operations);
        if (!after.Settled)
            Note($"{into.Scenario}, {into.Case}: events were still handled long after a run.");
    }

    /// <summary>How long the machine takes for the same work of one thread: what differs here is not the program's doing.</summary>
    public void AddSpeed()
    {
        var started = Stopwatch.GetTimestamp();
        SHA256.HashData(SpeedBlock);
        figures.Of("machine", "SHA-256 of 32 MB").Add("time", "ms", Stopwatch.GetElapsedTime(started).TotalMilliseconds);
    }

    private static void AddDeliveries(CaseFigures into, Latencies deliveries, TimeSpan drained)
    {
        deliveries.AddTo(into, "delivery");
        if (deliveries.SortedLastThird() is { Length: >= 1_000 } late)
            into.Add("delivery p99, last third", "ms", Statistics.Percentile(late, 99));
        into.Add("last delivery after the load", "ms", drained.TotalMilliseconds);
    }
}
