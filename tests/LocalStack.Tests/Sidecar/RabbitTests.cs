using ChatApp.LocalStack.Tests.Broker;
using Dapr.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>What Dapr does with RabbitMQ, where it helps and where it hurts.</summary>
public sealed class RabbitTests(BrokerServers servers)
{
    private readonly string _topic = $"t{Guid.NewGuid():N}";

    [Theory]
    [InlineData("false", "second")]
    [InlineData("true", "first")]
    public async Task A_message_that_fails_is_gone_unless_it_is_put_back(string requeueInFailure, string next)
    {
        var app = await TestApp.HearingAsync("app", _topic);
        var failures = 1;
        app.Answer = _ => Interlocked.Decrement(ref failures) >= 0 ? Results.StatusCode(500) : Results.Ok();
        await using var system = await StartAsync(
            [app], new() { ["requeueInFailure"] = requeueInFailure, ["concurrencyMode"] = "single", ["prefetchCount"] = "1" });
        await PublishAsync(system.ClientOf(app), "first");
        await app.NextAsync();

        await PublishAsync(system.ClientOf(app), "second");

        Assert.Equal(next, (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task By_default_a_queue_goes_with_its_app_and_with_all_that_comes_meanwhile()
    {
        var publisher = await TestApp.HearingAsync("other", _topic);
        await using var system = await StartAsync([publisher], []);
        var app = await TestApp.HearingAsync("app", _topic);
        await using (await StartAsync([app], []))
        {
        }

        await PublishAsync(system.ClientOf(publisher), "meanwhile");
        await publisher.NextAsync();
        var back = await TestApp.HearingAsync("app", _topic);
        await using var again = await StartAsync([back], []);
        await PublishAsync(system.ClientOf(publisher), "after");

        Assert.Equal("after", (await back.NextAsync()).Data);
    }

    [Fact]
    public async Task A_new_app_hears_what_is_published_from_then_on()
    {
        var publisher = await TestApp.SilentAsync("publisher");
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([publisher, app], new() { ["deletedWhenUnused"] = "false" }, later: [app]);
        await PublishAsync(system.ClientOf(publisher), "early");
        await system.RestartSidecarsAsync();

        await PublishAsync(system.ClientOf(publisher), "late");

        Assert.Equal("late", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task The_broker_drops_what_is_too_old_so_the_event_does_not_say_when_that_is()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([app], []);

        await system.ClientOf(app).PublishEventAsync("pubsub", _topic, "x",
            new Dictionary<string, string> { ["ttlInSeconds"] = "60", ["own"] = "lost" }, Limit.Token);

        var seen = await app.NextAsync();
        Assert.False(seen.Json.TryGetProperty("expiration", out _));
        Assert.False(seen.Headers.ContainsKey("own"));
    }

    [Fact]
    public async Task A_single_active_consumer_keeps_the_order_over_replicas()
    {
        var (a, b) = (await SingleAsync(), await SingleAsync());
        await using var system = await StartAsync([a, b], new() { ["concurrencyMode"] = "single", ["prefetchCount"] = "1" });
        var dapr = system.ClientOf(a);

        for (var i = 0; i < 10; i++)
            await PublishAsync(dapr, $"{i}");

        await Limit.UntilAsync(() => a.Calls + b.Calls == 10);
        Assert.True(a.Calls == 0 || b.Calls == 0);

        Task<TestApp> SingleAsync() => TestApp.StartAsync("app", (app, test) =>
        {
            app.MapSubscribeHandler();
            app.MapPost($"/events/{_topic}", (Delegate)test.RecordAsync)
                .WithTopic("pubsub", _topic, new Dictionary<string, string> { ["singleActiveConsumer"] = "true" });
        });
    }

    [Fact]
    public async Task Metadata_of_a_subscription_that_is_not_supported_is_refused_by_name()
    {
        var app = await TestApp.StartAsync("app", (app, test) =>
        {
            app.MapSubscribeHandler();
            app.MapPost($"/events/{_topic}", (Delegate)test.RecordAsync)
                .WithTopic("pubsub", _topic, new Dictionary<string, string> { ["queueType"] = "quorum" });
        });

        await using var system = await StartAsync([app], []);

        Assert.Contains("queueType", system.SidecarOf(app).NotReady, StringComparison.Ordinal);
    }

    private async Task<LocalSystem> StartAsync(TestApp[] apps, Dictionary<string, string> metadata, TestApp[]? later = null) =>
        await LocalSystem.StartAsync(new Plan
        {
            Apps = apps,
            AppsFromTheSecondStart = later ?? [],
            Server = await servers.Of("rabbitmq"),
            PubSubMetadata = metadata
        });

    private Task PublishAsync(DaprClient dapr, string data) => dapr.PublishEventAsync("pubsub", _topic, data, Limit.Token);
}
