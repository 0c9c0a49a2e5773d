using ChatApp.LocalStack.Tests.Broker;
using Dapr.Client;
using Microsoft.AspNetCore.Http;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>What Dapr does with Redis Streams, where it helps and where it hurts.</summary>
public sealed class RedisTests(BrokerServers servers)
{
    private readonly string _topic = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task A_message_that_fails_is_acknowledged_and_gone()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        app.Answer = seen => seen.Data == "first" ? Results.StatusCode(500) : Results.Ok();
        await using var system = await StartAsync([app], new() { ["processingTimeout"] = "200", ["redeliverInterval"] = "50ms" });
        await PublishAsync(system.ClientOf(app), "first");
        await app.NextAsync();

        await Limit.UntilAsync(() => PendingAsync("app").Result == 0);
        await PublishAsync(system.ClientOf(app), "second");

        Assert.Equal("second", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task A_new_app_hears_the_whole_stream()
    {
        var publisher = await TestApp.SilentAsync("publisher");
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([publisher, app], new() { ["concurrency"] = "1" }, later: [app]);
        await PublishAsync(system.ClientOf(publisher), "one");
        await PublishAsync(system.ClientOf(publisher), "two");

        await system.RestartSidecarsAsync();

        Assert.Equal(["one", "two"], (await app.NextAsync(2)).Select(seen => seen.Data));
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_is_cut_off_and_called_again()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        app.Hold = new TaskCompletionSource().Task;
        await using var system = await StartAsync([app], new() { ["processingTimeout"] = "200", ["redeliverInterval"] = "50ms" });
        await PublishAsync(system.ClientOf(app), "slow");
        await Limit.UntilAsync(() => app.Calls > 0);

        app.Hold = Task.CompletedTask;

        Assert.Equal("slow", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task A_handler_that_takes_too_long_leaves_a_dead_letter_where_there_is_a_topic_for_it()
    {
        var dead = $"{_topic}.dead";
        var app = await TestApp.WithDeadLettersAsync("app", dead, _topic, dead);
        app.Answer = seen => seen.PathAndQuery == $"/events/{_topic}" ? Results.StatusCode(500) : Results.Ok();
        await using var system = await StartAsync([app], new() { ["processingTimeout"] = "300", ["redeliverInterval"] = "50ms" },
            """
            apiVersion: dapr.io/v1alpha1
            kind: Resiliency
            metadata: { name: r }
            spec:
              policies: { retries: { forever: { policy: constant, duration: 20ms, maxRetries: -1 } } }
              targets: { components: { pubsub: { inbound: { retry: forever } } } }
            """);
        await PublishAsync(system.ClientOf(app), "x");

        Seen letter;
        do
            letter = await app.NextAsync();
        while (letter.PathAndQuery != $"/events/{dead}");

        Assert.Equal("x", letter.Data);
    }

    [Fact]
    public async Task The_metadata_of_the_publisher_arrives_as_headers_but_nothing_of_the_stream()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([app], []);

        await system.ClientOf(app).PublishEventAsync("pubsub", _topic, "x",
            new Dictionary<string, string> { ["partitionKey"] = "k", ["own"] = "kept" }, Limit.Token);

        var seen = await app.NextAsync();
        Assert.Equal(("k", "kept"), (seen.Headers["partitionKey"].ToString(), seen.Headers["own"].ToString()));
        Assert.DoesNotContain(seen.Headers, header => header.Key.StartsWith("__", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_batch_that_is_answered_too_late_comes_again_and_is_acknowledged_in_the_end()
    {
        var app = await TestApp.HearingInBulkAsync("app", _topic, max: 2, windowMs: 50);
        var hold = new TaskCompletionSource();
        app.Hold = hold.Task;
        await using var system = await StartAsync([app], new() { ["processingTimeout"] = "200", ["redeliverInterval"] = "50ms" });
        await system.PublishBulkAsync(app, _topic, "a", "b");
        await Limit.UntilAsync(() => DeliveriesAsync().Result > 1);

        hold.SetResult();

        await Limit.UntilAsync(() => PendingAsync("app").Result == 0);
        var seen = new List<string>();
        while (seen.Count < 3 || seen.Distinct().Count() < 2)
            seen.AddRange((await app.NextAsync()).Entries.Select(entry => entry.Data));

        Task<int> DeliveriesAsync() => WithRedisAsync(async redis =>
            (await redis.StreamPendingMessagesAsync(_topic, "app", 10, RedisValue.Null))
            .Select(message => message.DeliveryCount).DefaultIfEmpty().Max());
    }

    [Theory]
    [InlineData("maxLenApprox", "10")]
    [InlineData("streamTTL", "1ms")]
    public async Task A_stream_is_trimmed_as_its_component_says(string name, string value)
    {
        var app = await TestApp.SilentAsync("app");
        await using var system = await StartAsync([app], new() { [name] = value });
        var dapr = system.ClientOf(app);

        for (var i = 0; i < 300; i++)
            await PublishAsync(dapr, $"{i}");

        Assert.InRange(await WithRedisAsync(redis => redis.StreamLengthAsync(_topic)), 1, 200);
    }

    [Fact]
    public async Task An_event_says_itself_when_it_expires()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([app], []);

        await system.ClientOf(app).PublishEventAsync("pubsub", _topic, "x", new Dictionary<string, string> { ["ttlInSeconds"] = "60" }, Limit.Token);

        Assert.True((await app.NextAsync()).Json.TryGetProperty("expiration", out _));
    }

    [Fact]
    public async Task A_group_that_somebody_removed_is_made_again()
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync([app], []);

        await WithRedisAsync(redis => redis.StreamDeleteConsumerGroupAsync(_topic, "app"));
        await PublishAsync(system.ClientOf(app), "x");

        Assert.Equal("x", (await app.NextAsync()).Data);
    }

    private async Task<LocalSystem> StartAsync(
        TestApp[] apps, Dictionary<string, string> metadata, string? resiliency = null, TestApp[]? later = null) =>
        await LocalSystem.StartAsync(new Plan
        {
            Apps = apps,
            AppsFromTheSecondStart = later ?? [],
            Server = await servers.Of("redis"),
            PubSubMetadata = metadata,
            Resources = resiliency is null ? [] : [resiliency]
        });

    private Task PublishAsync(DaprClient dapr, string data) => dapr.PublishEventAsync("pubsub", _topic, data, Limit.Token);

    private Task<int> PendingAsync(string group) =>
        WithRedisAsync(async redis => (await redis.StreamPendingAsync(_topic, group)).PendingMessageCount);

    private async Task<T> WithRedisAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        var server = await servers.Of("redis");
        await using var redis = await ConnectionMultiplexer.ConnectAsync(
            new ConfigurationOptions { EndPoints = { server.Environment["REDIS_HOST"] }, Password = server.Environment["REDIS_PASSWORD"] });
        return await ask(redis.GetDatabase());
    }
}
