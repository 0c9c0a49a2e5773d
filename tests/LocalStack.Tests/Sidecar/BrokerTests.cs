using ChatApp.LocalStack.Tests.Broker;
using Dapr.Client;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>What the services rely on, with each broker, by the component files of the system.</summary>
public sealed class BrokerTests(BrokerServers servers)
{
    private readonly string _topic = $"t{Guid.NewGuid():N}";

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task An_event_arrives_in_its_envelope(string kind)
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync(kind, [app]);

        await PublishAsync(system.ClientOf(app), "x");

        var seen = await app.NextAsync();
        Assert.Equal(("x", "app", _topic), (seen.Data, seen.Json.GetProperty("source").GetString(), seen.Json.GetProperty("topic").GetString()));
        Assert.Equal("pubsub", seen.Headers["pubsubname"]);
        Assert.Equal("application/cloudevents+json", seen.Headers.ContentType);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task All_events_arrive_and_one_that_fails_comes_again_without_the_others_waiting_for_it(string kind)
    {
        var app = await TestApp.HearingAsync("app", _topic);
        var others = new CountdownEvent(19);
        var failures = 1;
        app.Answer = seen =>
        {
            if (seen.Data != "3")
                others.Signal();
            else if (failures-- > 0)
                return others.Wait(Limit.Time, Limit.Token) ? Results.StatusCode(500) : throw new TimeoutException("The others wait.");

            return Results.Ok();
        };
        await using var system = await StartAsync(kind, [app], DeliveryTests.RetryTwice);
        var dapr = system.ClientOf(app);

        for (var i = 0; i < 20; i++)
            await PublishAsync(dapr, $"{i}");

        var counts = (await app.NextAsync(21)).CountBy(seen => seen.Data).ToDictionary();
        Assert.Equal(20, counts.Count);
        Assert.Equal(2, counts["3"]);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task A_bulk_is_published_and_delivered_in_batches_and_each_entry_has_its_own_result(string kind)
    {
        var dead = $"{_topic}.dead";
        var app = await TestApp.HearingInBulkAsync("app", _topic, max: 10, windowMs: 50, dead);
        app.AnswerEach(data => data == "3" ? "RETRY" : "SUCCESS");
        await using var system = await StartAsync(kind, [app], DeliveryTests.RetryTwice);

        await system.PublishBulkAsync(app, _topic, Enumerable.Range(0, 30).Select(i => $"{i}"));

        var seen = await UntilDeadLetterAsync(app, dead, handled: 30);
        Assert.All(seen, batch => Assert.InRange(batch.Entries.Count, 1, 10));
        Assert.Contains(seen, batch => batch.Entries.Count > 1);
        var counts = seen.SelectMany(batch => batch.Entries).CountBy(entry => entry.Data).ToDictionary();
        Assert.Equal(3, counts["3"]);
        Assert.All(counts.Where(count => count.Key != "3"), count => Assert.Equal(1, count.Value));
    }

    /// <returns>The batches, once the dead letter was there and so many different messages.</returns>
    private static async Task<List<Seen>> UntilDeadLetterAsync(TestApp app, string dead, int handled)
    {
        var batches = new List<Seen>();
        var letters = 0;
        while (letters == 0 || batches.SelectMany(batch => batch.Entries).DistinctBy(entry => entry.Data).Count() < handled)
        {
            var seen = await app.NextAsync();
            if (seen.PathAndQuery == $"/events/{dead}")
                letters++;
            else
                batches.Add(seen);
        }

        Assert.Equal(1, letters);
        return batches;
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task What_fails_to_the_end_is_a_dead_letter_with_its_own_bytes_and_the_next_one_goes_on(string kind)
    {
        var dead = $"{_topic}.dead";
        var app = await TestApp.WithDeadLettersAsync("app", dead, _topic, dead);
        app.Answer = seen => seen.PathAndQuery == $"/events/{_topic}" && seen.Data == "poison" ? Results.StatusCode(500) : Results.Ok();
        await using var system = await StartAsync(kind, [app], DeliveryTests.RetryTwice);
        var dapr = system.ClientOf(app);

        await PublishAsync(dapr, "poison");
        await PublishAsync(dapr, "next");

        var seen = await app.NextAsync(5);
        Assert.Equal(3, seen.Count(one => one.PathAndQuery == $"/events/{_topic}" && one.Data == "poison"));
        Assert.Single(seen, one => one.Data == "next");
        var letter = Assert.Single(seen, one => one.PathAndQuery == $"/events/{dead}");
        Assert.Equal((_topic, "poison"), (letter.Json.GetProperty("topic").GetString(), letter.Data));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task Each_app_gets_every_event_and_replicas_of_an_app_share_them(string kind)
    {
        var one = await TestApp.HearingAsync("one", _topic);
        var twoA = await TestApp.HearingAsync("two", _topic);
        var twoB = await TestApp.HearingAsync("two", _topic);
        var shared = 0;
        twoA.Answer = twoB.Answer = _ =>
        {
            Interlocked.Increment(ref shared);
            return Results.Ok();
        };
        await using var system = await StartAsync(kind, [one, twoA, twoB]);
        var dapr = system.ClientOf(one);

        for (var i = 0; i < 40; i++)
            await PublishAsync(dapr, $"{i}");

        Assert.Equal(40, (await one.NextAsync(40)).Select(seen => seen.Data).Distinct().Count());
        await Limit.UntilAsync(() => shared == 40);
        Assert.True(twoA.HasSeenMore && twoB.HasSeenMore);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task What_is_published_while_an_app_is_away_waits_for_it(string kind)
    {
        var publisher = await TestApp.SilentAsync("publisher");
        var app = await TestApp.HearingAsync("app", _topic);
        await using (await StartAsync(kind, [app]))
        {
        }

        await using (var without = await StartAsync(kind, [publisher]))
            await PublishAsync(without.ClientOf(publisher), "meanwhile");

        var back = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync(kind, [back]);

        Assert.Equal("meanwhile", (await back.NextAsync()).Data);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task What_was_acknowledged_does_not_come_again_after_a_restart(string kind)
    {
        var app = await TestApp.HearingAsync("app", _topic);
        await using var system = await StartAsync(kind, [app]);
        await PublishAsync(system.ClientOf(app), "before");
        await app.NextAsync();

        await system.RestartSidecarsAsync();
        await PublishAsync(system.ClientOf(app), "after");

        Assert.Equal("after", (await app.NextAsync()).Data);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task A_crash_of_the_broker_loses_nothing_and_a_publish_meanwhile_fails(string kind)
    {
        await using var server = await TestServer.StartAsync(kind);
        var app = await TestApp.HearingAsync("app", _topic);
        var hold = new TaskCompletionSource();
        app.Hold = hold.Task;
        await using var system = await StartAsync(kind, [app], server: server);
        var dapr = system.ClientOf(app);
        for (var i = 0; i < 5; i++)
            await PublishAsync(dapr, $"{i}");

        await server.KillAsync();
        await Assert.ThrowsAsync<Dapr.DaprException>(() => PublishAsync(dapr, "never"));
        await server.StartAsync();
        hold.SetResult();
        await PublishAsync(dapr, "5");

        var seen = new HashSet<string>();
        while (seen.Count < 6)
            seen.Add((await app.NextAsync()).Data);
        Assert.Equal(["0", "1", "2", "3", "4", "5"], seen.Order());
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public async Task By_default_messages_are_handled_side_by_side_and_have_no_order(string kind)
    {
        var app = await TestApp.HearingAsync("app", _topic);
        var both = new CountdownEvent(2);
        app.Answer = _ =>
        {
            both.Signal();
            both.Wait(Limit.Time, Limit.Token);
            return Results.Ok();
        };
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Server = await servers.Of(kind) });

        await PublishAsync(system.ClientOf(app), "one");
        await PublishAsync(system.ClientOf(app), "two");

        await app.NextAsync(2);
        Assert.True(both.IsSet);
    }

    private async Task<LocalSystem> StartAsync(string kind, IReadOnlyList<TestApp> apps, string? resiliency = null, TestServer? server = null) =>
        await LocalSystem.StartAsync(new Plan
        {
            Apps = apps,
            Server = server ?? await servers.Of(kind),
            Resources = [SystemFiles.ReadForAnyApp($"{kind}/pubsub.yaml"), .. resiliency is null ? [] : new[] { resiliency }]
        });

    private Task PublishAsync(DaprClient dapr, string data) => dapr.PublishEventAsync(
        "pubsub", _topic, data, new Dictionary<string, string> { ["partitionKey"] = "k" }, Limit.Token);
}
