using System.Diagnostics;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Load;

/// <summary>One operation of a load.</summary>
/// <param name="since">When it began, or should have begun: its times count from here.</param>
/// <param name="recorded">False while warming up and cooling down.</param>
internal delegate Task Operation(long since, bool recorded, CancellationToken ct);

/// <summary>A load that has run.</summary>
/// <param name="All">Operations that succeeded, those of the warm-up included.</param>
/// <param name="Measured">Those that succeeded while it was measured.</param>
internal sealed record LoadRun(int All, int Measured, int Failed, Latencies Answers, Usage Usage)
{
    private const int MaxComplaints = 3;

    /// <summary>Each worker begins an operation when its last one has ended: shows how much can be done.</summary>
    public static async Task<LoadRun> ClosedAsync(
        int workers, TimeSpan warmUp, TimeSpan length, StackMeters meters, Operation operation, CancellationToken ct)
    {
        var load = new Counting();
        var working = Enumerable.Range(0, workers).Select(_ => Task.Run(
            async () =>
            {
                while (!load.Ended && !ct.IsCancellationRequested)
                    await load.RunAsync(operation, Stopwatch.GetTimestamp(), recorded: null, ct);
            },
            ct)).ToList();
        await Task.Delay(warmUp, ct);
        var before = meters.Read();
        load.Recording = true;
        await Task.Delay(length, ct);
        load.Recording = false;
        var usage = meters.Read().Since(before);
        load.Ended = true;
        await Task.WhenAll(working);
        return load.ToRun(usage);
    }

    /// <summary>
    /// Operations begin at a steady rate, and their times count from when they were due: a system that stalls can't look fast by keeping
    /// load away from itself.
    /// </summary>
    public static async Task<LoadRun> OpenAsync(
        double rate, TimeSpan warmUp, TimeSpan length, StackMeters meters, Operation operation, CancellationToken ct)
    {
        var (load, schedule) = (new Counting(), new Schedule(Stopwatch.GetTimestamp(), rate));
        var (first, end) = ((int)(warmUp.TotalSeconds * rate), (int)((warmUp + length).TotalSeconds * rate));
        var running = new List<Task>(end);
        Task<Reading>? before = null;
        while (running.Count < end)
        {
            for (var due = Math.Min(end, schedule.DueBy(Stopwatch.GetTimestamp())); running.Count < due;)
            {
                if (running.Count >= first)
                    before ??= Task.Run(meters.Read, ct);
                running.Add(load.RunAsync(operation, schedule.At(running.Count), running.Count >= first, ct));
            }

            await Task.Delay(1, ct);
        }

        var usage = meters.Read().Since(await before!);
        await Task.WhenAll(running);
        return load.ToRun(usage);
    }

    private sealed class Counting
    {
        private readonly Latencies _answers = new();
        private int _all, _measured, _failed;

        public volatile bool Recording, Ended;

        /// <param name="recorded">Whether it counts; null for whether it ends while recording.</param>
        public async Task RunAsync(Operation operation, long since, bool? recorded, CancellationToken ct)
        {
            try
            {
                await operation(since, recorded ?? Recording, ct);
                Interlocked.Increment(ref _all);
                if (recorded ?? Recording)
                {
                    Interlocked.Increment(ref _measured);
                    _answers.Add(since);
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                if (Interlocked.Increment(ref _failed) <= MaxComplaints)
                    await Console.Error.WriteLineAsync($"failed: {exception.Message}");
                await Task.Delay(5, CancellationToken.None);
            }
        }

        public LoadRun ToRun(Usage usage) => new(_all, _measured, _failed, _answers, usage);
    }
}
