using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class DeliveryTests
{
    internal const string RetryTwice =
        """
        apiVersion: dapr.io/v1alpha1
        kind: Resiliency
        metadata: { name: r }
        spec:
          policies: { retries: { twice: { policy: constant, duration: 10ms, maxRetries: 2 } } }
          targets: { components: { pubsub: { inbound: { retry: twice } } } }
        """;

    [Fact]
    public async Task A_delivery_looks_as_from_dapr()
    {
        var app = await TestApp.HearingAsync("app", "orders");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Environment = { ["APP_API_TOKEN"] = "secret" } });
        const string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

        await system.ClientOf(app).PublishEventAsync("pubsub", "orders", "x",
            new Dictionary<string, string> { ["partitionKey"] = "k", ["cloudevent.traceparent"] = trace, ["other"] = "y" }, Limit.Token);

        var seen = await app.NextAsync();
        Assert.Equal(("POST", "/events/orders"), (seen.Method, seen.PathAndQuery));
        Assert.Equal("application/cloudevents+json", seen.Headers.ContentType);
        Assert.Equal("chunked", seen.Headers.TransferEncoding);
        Assert.Equal("secret", seen.Headers["dapr-api-token"]);
        Assert.Equal("pubsub", seen.Headers["pubsubname"]);
        Assert.Equal("k", seen.Headers["__key"]);
        Assert.Equal("k", seen.Headers["partitionKey"]);
        Assert.Equal("y", seen.Headers["other"]);
        Assert.Equal("orders", seen.Headers["__topic"]);
        Assert.True(seen.Headers.ContainsKey("__offset") && seen.Headers.ContainsKey("__partition") && seen.Headers.ContainsKey("__timestamp"));
        Assert.Equal(trace, seen.Headers.TraceParent);
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(400, "")]
    [InlineData(401, "")]
    [InlineData(302, "")]
    [InlineData(200, """{"status":"RETRY"}""")]
    [InlineData(200, """{"Status":"sent"}""")]
    public async Task What_means_failure_is_delivered_again_before_anything_later(int status, string body)
    {
        var app = await TestApp.HearingAsync("app", "single");
        var failures = 2;
        app.Answer = seen => seen.Data == "first" && failures-- > 0 ? Results.Text(body, statusCode: status) : Results.Ok();
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);

        await dapr.PublishEventAsync("pubsub", "single", "first", Limit.Token);
        await dapr.PublishEventAsync("pubsub", "single", "second", Limit.Token);

        Assert.Equal(["first", "first", "first", "second"], (await app.NextAsync(4)).Select(seen => seen.Data));
    }

    [Theory]
    [InlineData(204, "")]
    [InlineData(200, "<html>")]
    [InlineData(200, "[1]")]
    [InlineData(200, """{"status":1}""")]
    [InlineData(200, """{"status":""}""")]
    [InlineData(200, """{"status":"SUCCESS"}""")]
    [InlineData(404, "")]
    [InlineData(200, """{"status":"DROP"}""")]
    public async Task What_means_success_or_drop_is_delivered_once(int status, string body)
    {
        var app = await TestApp.HearingAsync("app", "single");
        app.Answer = seen => seen.Data == "first" ? Results.Text(body, statusCode: status) : Results.Ok();
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);

        await dapr.PublishEventAsync("pubsub", "single", "first", Limit.Token);
        await dapr.PublishEventAsync("pubsub", "single", "second", Limit.Token);

        Assert.Equal(["first", "second"], (await app.NextAsync(2)).Select(seen => seen.Data));
    }

    [Fact]
    public async Task One_stuck_partition_does_not_hold_up_the_others()
    {
        var app = await TestApp.HearingAsync("app", "orders");
        app.Answer = seen => seen.Data == "stuck" ? Results.StatusCode(500) : Results.Ok();
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);

        await PublishToAsync("0", "stuck");
        await PublishToAsync("1", "other");

        await Limit.UntilAsync(() => app.NextAsync().Result.Data == "other");

        Task PublishToAsync(string partition, string data) => dapr.PublishEventAsync(
            "pubsub", "orders", data, new Dictionary<string, string> { ["partitionNumber"] = partition }, Limit.Token);
    }

    [Fact]
    public async Task Events_of_one_key_keep_their_order()
    {
        var app = await TestApp.HearingAsync("app", "orders");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);

        for (var i = 0; i < 40; i++)
            await dapr.PublishEventAsync("pubsub", "orders", $"{i}", new Dictionary<string, string> { ["partitionKey"] = $"k{i % 5}" }, Limit.Token);

        foreach (var key in (await app.NextAsync(40)).GroupBy(seen => seen.Headers["__key"].ToString()))
        {
            Assert.Single(key.Select(seen => seen.Headers["__partition"].ToString()).Distinct());
            Assert.Equal(8, key.Count());
            Assert.Equal(key.Select(seen => int.Parse(seen.Data, null)).Order(), key.Select(seen => int.Parse(seen.Data, null)));
        }
    }

    [Fact]
    public async Task Without_an_inbound_retry_the_first_failure_is_a_dead_letter()
    {
        var (app, seen) = await FailToDeadLettersAsync(500, resources: []);

        Assert.Equal(1, app);
        Assert.Equal("single", seen.Headers["__topic"]);
        Assert.Equal("k", seen.Headers["__key"]);
        Assert.Equal("kept", seen.Headers["own"]);
        Assert.Equal("single", seen.Json.GetProperty("topic").GetString());
    }

    [Fact]
    public async Task An_inbound_retry_comes_before_the_dead_letter() =>
        Assert.Equal(3, (await FailToDeadLettersAsync(500, RetryTwice)).Attempts);

    [Fact]
    public async Task A_status_that_the_matching_leaves_out_is_not_retried() =>
        Assert.Equal(1, (await FailToDeadLettersAsync(
            400, RetryTwice.Replace("maxRetries: 2", "maxRetries: 2, matching: { httpStatusCodes: \"500-599\" }", StringComparison.Ordinal))).Attempts);

    [Fact]
    public async Task A_drop_goes_to_the_dead_letters_at_once() =>
        Assert.Equal(1, (await FailToDeadLettersAsync(404, RetryTwice)).Attempts);

    private static async Task<(int Attempts, Seen Letter)> FailToDeadLettersAsync(int status, params string[] resources)
    {
        var attempts = 0;
        var app = await TestApp.WithDeadLettersAsync("app", "dead", "single", "dead");
        app.Answer = seen =>
        {
            if (seen.PathAndQuery == "/events/dead")
                return Results.Ok();

            attempts++;
            return Results.StatusCode(status);
        };
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = resources });

        await system.ClientOf(app).PublishEventAsync("pubsub", "single", "x",
            new Dictionary<string, string> { ["partitionKey"] = "k", ["own"] = "kept" }, Limit.Token);

        Seen letter;
        do
            letter = await app.NextAsync();
        while (letter.PathAndQuery != "/events/dead");

        return (attempts, letter);
    }

    [Fact]
    public async Task An_expired_event_is_not_delivered()
    {
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);

        await dapr.PublishByteEventAsync("pubsub", "single", """{"data":"old","expiration":"2020-01-01T00:00:00Z"}"""u8.ToArray(),
            "application/cloudevents+json", cancellationToken: Limit.Token);
        await dapr.PublishEventAsync("pubsub", "single", "new", Limit.Token);

        Assert.Equal("new", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task Each_app_gets_every_event_and_replicas_of_an_app_share_them()
    {
        var one = await TestApp.HearingAsync("one", "orders");
        var twoA = await TestApp.HearingAsync("two", "orders");
        var twoB = await TestApp.HearingAsync("two", "orders");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [one, twoA, twoB] });
        var dapr = system.ClientOf(one);
        var shared = 0;
        twoA.Answer = twoB.Answer = _ =>
        {
            Interlocked.Increment(ref shared);
            return Results.Ok();
        };

        for (var i = 0; i < 20; i++)
            await dapr.PublishEventAsync("pubsub", "orders", $"{i}",
                new Dictionary<string, string> { ["partitionNumber"] = $"{i % 4}" }, Limit.Token);

        Assert.Equal(20, (await one.NextAsync(20)).Select(seen => seen.Data).Distinct().Count());
        await Limit.UntilAsync(() => shared == 20);
        Assert.True(twoA.HasSeenMore && twoB.HasSeenMore);
    }

    [Fact]
    public async Task What_a_replica_leaves_and_what_another_one_had_at_rest_is_delivered_after_it_goes()
    {
        var stays = await TestApp.HearingAsync("app", "orders");
        var goes = await TestApp.HearingAsync("app", "orders");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [stays, goes] });
        var dapr = system.ClientOf(stays);
        await PublishToEachAsync("before");
        await Limit.UntilAsync(() => stays.Calls + goes.Calls == 4);

        await system.SidecarOf(goes).DisposeAsync();
        await PublishToEachAsync("after");

        var partitions = new HashSet<string>();
        while (partitions.Count < 4)
        {
            if (await stays.NextAsync() is { Data: "after" } seen)
                partitions.Add(seen.Headers["__partition"].ToString());
        }

        async Task PublishToEachAsync(string data)
        {
            for (var i = 0; i < 4; i++)
                await dapr.PublishEventAsync(
                    "pubsub", "orders", data, new Dictionary<string, string> { ["partitionNumber"] = $"{i}" }, Limit.Token);
        }
    }

    [Theory]
    [InlineData("newest", "late")]
    [InlineData("oldest", "early")]
    public async Task A_new_group_starts_where_its_component_says(string initialOffset, string expected)
    {
        var publisher = await TestApp.SilentAsync("publisher");
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan
        {
            Apps = [publisher, app],
            AppsFromTheSecondStart = [app],
            PubSubMetadata = { ["initialOffset"] = initialOffset }
        });
        await system.ClientOf(publisher).PublishEventAsync("pubsub", "single", "early", Limit.Token);
        await system.RestartSidecarsAsync();

        await system.ClientOf(publisher).PublishEventAsync("pubsub", "single", "late", Limit.Token);

        Assert.Equal(expected, (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task What_was_acknowledged_does_not_come_again_after_a_restart()
    {
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        await system.ClientOf(app).PublishEventAsync("pubsub", "single", "before", Limit.Token);
        Assert.Equal("before", (await app.NextAsync()).Data);

        await system.RestartSidecarsAsync();
        await system.ClientOf(app).PublishEventAsync("pubsub", "single", "after", Limit.Token);

        Assert.Equal("after", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task Deliveries_go_on_after_an_outage_of_the_broker()
    {
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        var dapr = system.ClientOf(app);
        await dapr.PublishEventAsync("pubsub", "single", "before", Limit.Token);
        await app.NextAsync();

        system.Broker.SetDown();
        system.Broker.SetUp();
        await dapr.PublishEventAsync("pubsub", "single", "after", Limit.Token);

        // "before" may come again: that it was handled may not have been committed yet.
        while ((await app.NextAsync()).Data is var data && data != "after")
            Assert.Equal("before", data);
    }

    [Fact]
    public async Task A_stopping_sidecar_neither_loses_nor_dead_letters_the_message_at_work()
    {
        var app = await TestApp.WithDeadLettersAsync("app", "dead", "single", "dead");
        var resources = RetryTwice.Replace("maxRetries: 2", "maxRetries: -1", StringComparison.Ordinal);
        app.Answer = _ => Results.StatusCode(500);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = [resources] });
        await system.ClientOf(app).PublishEventAsync("pubsub", "single", "x", Limit.Token);
        await app.NextAsync();

        app.Answer = _ => Results.Ok();
        await system.RestartSidecarsAsync();

        Assert.Equal("/events/single", (await app.NextAsync()).PathAndQuery);
    }

    [Fact]
    public async Task Deliveries_can_be_doubled_on_purpose()
    {
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], DuplicateShare = 1 });

        await system.ClientOf(app).PublishEventAsync("pubsub", "single", "x", Limit.Token);

        Assert.Equal(["x", "x"], (await app.NextAsync(2)).Select(seen => seen.Data));
    }

    [Fact]
    public async Task Deliveries_can_be_held_back_on_purpose_and_keep_the_order_of_their_key()
    {
        var app = await TestApp.HearingAsync("app", "single");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], LateShare = 0.5 });
        var texts = Enumerable.Range(0, 20).Select(i => $"{i}").ToList();

        foreach (var text in texts)
            await system.ClientOf(app).PublishEventAsync("pubsub", "single", text, new Dictionary<string, string> { ["partitionKey"] = "one" }, Limit.Token);

        Assert.Equal(texts, (await app.NextAsync(texts.Count)).Select(seen => seen.Data));
    }
}
