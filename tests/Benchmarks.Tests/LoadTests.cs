using System.Diagnostics;
using System.Text;
using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Tests;

public sealed class LoadTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    private static readonly StackMeters Nothing = new(() => [], mongo: null, telemetry: null);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void Operations_are_due_at_a_steady_rate_whatever_happened_before()
    {
        var schedule = new Schedule(Start: 1_000, Rate: 10);
        var tenth = Stopwatch.Frequency / 10;

        Assert.Equal([1_000, 1_000 + tenth, 1_000 + (10 * tenth)], ((int[])[0, 1, 10]).Select(schedule.At));
        Assert.Equal(
            [0, 1, 1, 2, 101],
            ((long[])[999, 1_000, 999 + tenth, 1_000 + tenth, 1_000 + (100 * tenth)]).Select(schedule.DueBy));
    }

    /// <summary>The first operation holds the generator up, so the others begin late: that is a delay that users would have seen.</summary>
    [Fact]
    public async Task A_late_operation_counts_from_when_it_was_due()
    {
        var (first, stall) = (true, TimeSpan.FromMilliseconds(200));

        var run = await LoadRun.OpenAsync(100, TimeSpan.Zero, Short, Nothing, Operate, Cancel);

        Assert.Equal(30, run.Measured);
        Assert.InRange(run.Answers.Sorted().Count(milliseconds => milliseconds > 50), 10, 30);

        Task Operate(long since, bool recorded, CancellationToken ct)
        {
            if (first)
                Thread.Sleep(stall);
            first = false;
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_open_loop_does_not_wait_for_answers()
    {
        var release = new TaskCompletionSource();
        var begun = 0;

        var running = LoadRun.OpenAsync(100, TimeSpan.Zero, Short, Nothing, Operate, Cancel);

        Assert.Equal(30, (await running).Measured);

        Task Operate(long since, bool recorded, CancellationToken ct)
        {
            if (++begun == 30)
                release.SetResult();
            return release.Task;
        }
    }

    [Fact]
    public async Task A_closed_loop_has_as_many_operations_at_once_as_it_has_workers()
    {
        var (now, most, counting) = (0, 0, new Lock());

        var run = await LoadRun.ClosedAsync(4, Short, Short, Nothing, OperateAsync, Cancel);

        Assert.Equal(4, most);
        Assert.InRange(run.Measured, 1, run.All - 1);
        Assert.Equal(run.Measured, run.Answers.Count);

        async Task OperateAsync(long since, bool recorded, CancellationToken ct)
        {
            lock (counting)
                most = Math.Max(most, ++now);
            await Task.Delay(1, ct);
            lock (counting)
                now--;
        }
    }

    [Fact]
    public async Task A_failed_operation_is_counted_and_has_no_time()
    {
        var run = await LoadRun.OpenAsync(
            100, TimeSpan.Zero, Short, Nothing, (_, _, _) => Task.FromException(new HttpRequestException("no")), Cancel);

        Assert.Equal((30, 0, 0), (run.Failed, run.All, run.Answers.Count));
    }

    [Fact]
    public async Task A_delivery_is_missing_until_every_other_member_has_it()
    {
        var (alice, bob, carla) = (new Person(), new Person(), new Person());
        var deliveries = new Deliveries();
        var everywhere = 0;
        var (both, one) = (Say(), Say());

        deliveries.Arrived(alice, both);
        deliveries.Arrived(bob, both);
        deliveries.Arrived(carla, both);
        deliveries.Arrived(bob, one);

        Assert.Equal((1, 3), (everywhere, deliveries.Latencies.Count));
        Assert.Equal(1, (await deliveries.DrainAsync(TimeSpan.Zero, Cancel)).Missing);

        long Say() => deliveries.Expect(alice, others: 2, Stopwatch.GetTimestamp(), recorded: true, () => everywhere++);
    }

    [Fact]
    public void Messages_of_ours_are_found_in_a_stream_that_comes_in_pieces()
    {
        const string stream = """
            retry: 1000
            event: ready
            data: {"userId":"1"}

            event: message
            id: 1
            data: {"seq":1,"text":"m41 xx"}

            event: notification
            id: 2
            data: {"text":"m42 xx"}

            :

            event: message
            id: 3
            data: {"seq":2,"text":"hello"}

            event: message
            id: 4
            data: {"seq":3,"text":"m43 xx"}


            """;
        var (bytes, found) = (Encoding.UTF8.GetBytes(stream.ReplaceLineEndings("\n")), new List<long>());

        var read = 0;
        for (var received = 0; received <= bytes.Length; received += 7)
            read += Frames.Read(bytes.AsSpan(read, received - read), found.Add);
        read += Frames.Read(bytes.AsSpan(read), found.Add);

        Assert.Equal([41, 43], found);
        Assert.Equal(bytes.Length, read);
    }

    [Fact]
    public void A_message_has_a_text_of_128_bytes_with_its_number() =>
        Assert.Matches("""^\{"clientMessageId":"[0-9a-f-]{36}","text":"m17 x{124}"\}$""", Encoding.ASCII.GetString(MessageBody.Of(17)));
}
