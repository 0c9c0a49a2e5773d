using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Telemetry;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Benchmarks.Meters;

/// <summary>What the parts of a stack use and do, read from outside.</summary>
/// <param name="parts">The processes; asked each time, since a part that was started again is another one.</param>
/// <param name="mongo">An administrator's connection; null where the store is not to be asked.</param>
/// <param name="telemetry">Null where nobody gathers the services' metrics.</param>
internal sealed class StackMeters(Func<IReadOnlyList<Part>> parts, IMongoClient? mongo, TelemetryClient? telemetry)
{
    /// <summary>How often the services send their metrics, in milliseconds.</summary>
    public const int ExportInterval = 2_000;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(ExportInterval + 500), SettleLimit = TimeSpan.FromSeconds(90);

    public Reading Read()
    {
        var processes = parts();
        var processor = ProcessTrees.Processor(processes.Select(part => part.Pid));
        return new Reading(
            Stopwatch.GetTimestamp(),
            processes.ToDictionary(part => part.Name, part => processor[part.Pid]),
            Environment.CpuUsage.TotalTime.TotalMilliseconds,
            ProcessTrees.Machine());
    }

    /// <summary>In MB, by part.</summary>
    public IReadOnlyDictionary<string, double> Memory()
    {
        var processes = parts();
        var memory = ProcessTrees.Memory(processes.Select(part => part.Pid));
        return processes.ToDictionary(part => part.Name, part => memory[part.Pid]);
    }

    /// <summary>Waits until no more events are published or handled, so that all that a load has caused is done and counted.</summary>
    /// <returns>What was done so far; whether it came to rest is in <see cref="WorkCounts.Settled"/>.</returns>
    public async Task<WorkCounts> SettleAsync(CancellationToken ct)
    {
        var (counts, since, started) = (await CountAsync(ct), Stopwatch.GetTimestamp(), Stopwatch.GetTimestamp());
        while (telemetry is not null && Stopwatch.GetElapsedTime(since) < Quiet)
        {
            await Task.Delay(250, ct);
            var next = await CountAsync(ct);
            if (next.Published != counts.Published || next.Delivered != counts.Delivered)
                since = Stopwatch.GetTimestamp();
            counts = next;
            if (Stopwatch.GetElapsedTime(started) > SettleLimit)
                return counts with { Settled = false };
        }

        return counts;
    }

    private async Task<WorkCounts> CountAsync(CancellationToken ct)
    {
        var measured = (telemetry is null ? [] : await telemetry.MeasurementsAsync(ct)).ToLookup(one => one.Name);
        var counts = new WorkCounts
        {
            Published = measured["chatapp.outbox.published"].Sum(one => one.Value),
            Delivered = measured["chatapp.events.duration"].Sum(one => (double)(one.Count ?? 0)),
        };
        if (mongo is null)
            return counts;

        var status = await mongo.GetDatabase("admin").RunCommandAsync<BsonDocument>(new BsonDocument("serverStatus", 1), cancellationToken: ct);
        var (commands, documents) = (status["metrics"]["commands"].AsBsonDocument, status["metrics"]["document"].AsBsonDocument);
        return counts with
        {
            Writes = Ran("insert", "update", "delete", "findAndModify"),
            Reads = Ran("find", "aggregate", "count", "distinct", "getMore"),
            Documents = documents["inserted"].ToDouble() + documents["updated"].ToDouble() + documents["deleted"].ToDouble(),
        };

        double Ran(params IEnumerable<string> names) =>
            names.Sum(name => commands.TryGetValue(name, out var command) ? command["total"].ToDouble() : 0);
    }
}

/// <summary>Processor time until a moment, in milliseconds.</summary>
internal sealed record Reading(long At, IReadOnlyDictionary<string, double> Parts, double Generator, double Machine)
{
    public Usage Since(Reading before)
    {
        var parts = Parts.ToDictionary(part => part.Key, part => part.Value - before.Parts.GetValueOrDefault(part.Key));
        var time = Stopwatch.GetElapsedTime(before.At, At);
        var (all, generator) = (parts.Values.Sum(), Generator - before.Generator);
        return new Usage(time, parts, generator, Math.Max(0, Machine - before.Machine - all - generator) / time.TotalMilliseconds);
    }
}

/// <summary>Processor time in a stretch of time, in milliseconds.</summary>
/// <param name="Others">How many cores processes had that are neither the stack's nor the load generator.</param>
internal sealed record Usage(TimeSpan Time, IReadOnlyDictionary<string, double> Parts, double Generator, double Others)
{
    public double All => Parts.Values.Sum();
}

/// <summary>What the stack has done since it started.</summary>
internal sealed record WorkCounts
{
    public double Published { get; init; }

    public double Delivered { get; init; }

    /// <summary>Commands to MongoDB; one that has many documents is one.</summary>
    public double Writes { get; init; }

    public double Reads { get; init; }

    public double Documents { get; init; }

    public bool Settled { get; init; } = true;

    public WorkCounts Since(WorkCounts before) => new()
    {
        Published = Published - before.Published,
        Delivered = Delivered - before.Delivered,
        Writes = Writes - before.Writes,
        Reads = Reads - before.Reads,
        Documents = Documents - before.Documents,
    };
}
