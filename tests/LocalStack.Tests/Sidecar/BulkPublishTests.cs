using System.Net;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.PubSub;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class BulkPublishTests
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    [Fact]
    public async Task Events_of_one_key_keep_their_order()
    {
        var (app, system) = await StartAsync("orders");
        await using var running = system;

        var entries = Enumerable.Range(0, 60).Select(i => Entry($"{i}", $"{i}", $"k{i % 5}"));
        var (status, _) = await system.PublishBulkAsync(app, "orders", entries);

        Assert.Equal(HttpStatusCode.NoContent, status);
        foreach (var key in (await app.NextAsync(60)).GroupBy(seen => seen.Headers["__key"].ToString()))
        {
            Assert.Equal(12, key.Count());
            Assert.Equal(key.Select(seen => int.Parse(seen.Data, null)).Order(), key.Select(seen => int.Parse(seen.Data, null)));
        }
    }

    [Fact]
    public async Task An_entry_that_the_broker_does_not_take_fails_alone_and_is_named()
    {
        var (app, system) = await StartAsync("single", new() { ["maxMessageBytes"] = "2000" });
        await using var running = system;

        var (status, body) = await system.PublishBulkAsync(
            app, "single", [Entry("one", "a"), Entry("two", new string('x', 4000)), Entry("three", "b")]);

        Assert.Equal(HttpStatusCode.InternalServerError, status);
        var failed = JsonDocument.Parse(body).RootElement.GetProperty("failedEntries");
        Assert.Equal("two", Assert.Single(failed.EnumerateArray()).GetProperty("entryId").GetString());
        Assert.Equal(["a", "b"], (await app.NextAsync(2)).Select(seen => seen.Data));
    }

    [Fact]
    public async Task A_cloud_event_of_the_app_passes_as_it_is_but_for_where_it_was_published()
    {
        var (app, system) = await StartAsync("single");
        await using var running = system;
        var own = new
        {
            specversion = "1.0",
            id = "i",
            source = "urn:me",
            type = "t.v1",
            time = "2026-01-02T03:04:05Z",
            topic = "elsewhere",
            extension = 1.50m,
            data = new { amount = 2.10m }
        };

        await system.PublishBulkAsync(app, "single", [new { entryId = "1", @event = own, contentType = "application/cloudevents+json" }]);

        var json = (await app.NextAsync()).Json;
        Assert.Equal(("i", "urn:me", "t.v1", "2026-01-02T03:04:05Z"), (Text("id"), Text("source"), Text("type"), Text("time")));
        Assert.Equal(("single", "pubsub"), (Text("topic"), Text("pubsubname")));
        Assert.Equal(("1.50", """{"amount":2.10}"""), (json.GetProperty("extension").GetRawText(), json.GetProperty("data").GetRawText()));
        Assert.True(json.TryGetProperty("traceparent", out _));

        string? Text(string name) => json.GetProperty(name).GetString();
    }

    [Theory]
    [InlineData("2", "application/cloudevents+json", 500, "ERR_PUBSUB_CLOUD_EVENTS_SER")]
    [InlineData("1", "text/plain", 400, "ERR_PUBSUB_EVENTS_SER")]
    [InlineData("", "text/plain", 400, "ERR_PUBSUB_EVENTS_SER")]
    [InlineData("2", "application/octet-stream", 400, "ERR_PUBSUB_EVENTS_SER")]
    public async Task A_request_that_is_not_as_it_has_to_be_publishes_nothing(string entryId, string contentType, int status, string code)
    {
        var (app, system) = await StartAsync("single");
        await using var running = system;

        var refused = await system.PublishBulkAsync(
            app, "single", [Entry("1", "x"), new { entryId, @event = "not base 64!", contentType }]);
        await system.PublishBulkAsync(app, "single", "next");

        Assert.Equal(status, (int)refused.Status);
        Assert.Contains(code, refused.Body, StringComparison.Ordinal);
        Assert.Equal("next", (await app.NextAsync()).Data);
    }

    [Fact]
    public async Task What_another_process_publishes_arrives_too()
    {
        var (app, system) = await StartAsync("single");
        await using var running = system;
        using var other = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = system.Broker.Bootstrap }).Build();

        foreach (var text in new[] { "first", "second" })
        {
            await other.ProduceAsync("single", new Message<Null, string> { Value = $$"""{"data":"{{text}}"}""" }, Limit.Token);

            Assert.Equal(text, (await app.NextAsync()).Data);
        }
    }

    [Fact]
    public async Task Without_a_bulk_publish_of_the_broker_all_are_published_side_by_side_and_fail_alone()
    {
        var messages = Enumerable.Range(0, 20)
            .Select(i => new BrokerMessage("pubsub", "topic", new byte[] { (byte)i }, NoMetadata)).ToList();
        var waiting = new CountdownEvent(messages.Count);
        var allWait = new TaskCompletionSource();

        var failures = await DefaultBulkPublisher.PublishAsync(messages, async (message, ct) =>
        {
            if (waiting.Signal())
                allWait.SetResult();
            await allWait.Task.WaitAsync(Limit.Time, ct);

            if (message.Data.Span[0] == 7)
                throw new BrokerException("full", new IOException());
        }, Limit.Token);

        Assert.Equal(7, Assert.Single(Enumerable.Range(0, messages.Count), i => failures[i] is not null));
    }

    private static object Entry(string entryId, string text, string key = "k") =>
        new { entryId, @event = text, contentType = "text/plain", metadata = new { partitionKey = key } };

    private static async Task<(TestApp App, LocalSystem System)> StartAsync(string topic, Dictionary<string, string>? metadata = null)
    {
        var app = await TestApp.HearingAsync("app", topic);
        return (app, await LocalSystem.StartAsync(new Plan { Apps = [app], PubSubMetadata = metadata ?? [] }));
    }
}
