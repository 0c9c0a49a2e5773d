using ChatApp.Benchmarks;
using ChatApp.Benchmarks.Load;
using ChatApp.Benchmarks.Meters;
using ChatApp.Benchmarks.Results;

namespace ChatApp.EndToEnd.Tests;

/// <summary>`./chat bench` takes minutes. Here its load runs for a second, so that it keeps up with the API.</summary>
public sealed class BenchmarkTests(ChatSystem chat)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    [Trait(ChatSystem.Broker, ChatSystem.Any)]
    public async Task The_load_of_the_benchmark_gets_through_and_arrives()
    {
        var cancel = TestContext.Current.CancellationToken;
        using var api = new Api(chat.Url);
        await using var community = await Community.GatherAsync(api, 10, cancel);
        var (meters, figures) = (new StackMeters(() => [], mongo: null, telemetry: null), new Figures());
        var options = new BenchOptions(ChatSystem.Repository, [], Runs: 1, Quick: true, Replicas: 1, Compare: null);
        var bench = new Bench(options, api, meters, figures, Assert.Fail, restart: (_, _) => Task.CompletedTask);

        await bench.MeasureAsync(
            figures.Of("send", "4 senders"),
            "message",
            community.People,
            () => LoadRun.ClosedAsync(4, Second, Second, meters, community.SayNextAsync, cancel),
            cancel);

        var values = figures.All.Where(figure => figure.Scenario == "send").ToDictionary(figure => figure.Name, figure => figure.Median);
        Assert.Equal(0, values["failed or undelivered"]);
        Assert.InRange(values["rate"], 1, double.MaxValue);
        Assert.InRange(values["delivery p50"], 0.1, double.MaxValue);
    }
}
