using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>Bulk deliveries from Kafka; those from the other brokers are in <see cref="BrokerTests"/>.</summary>
public sealed class BulkSubscribeTests
{
    // Its end never comes in a test: what is delivered was a full batch.
    private const int LongWindow = 60_000;
    private const int ShortWindow = 50;

    [Fact]
    public async Task A_batch_looks_as_from_dapr()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 2, LongWindow);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Environment = { ["APP_API_TOKEN"] = "secret" } });

        await system.PublishBulkAsync(app, "single", "a", "b");

        var seen = await app.NextAsync();
        Assert.Equal(("application/json", "secret"), (seen.Headers.ContentType.ToString(), seen.Headers["dapr-api-token"].ToString()));
        Assert.Equal(("com.dapr.event.sent.bulk", "single", "pubsub"), (Text("type"), Text("topic"), Text("pubsubname")));
        Assert.Equal([new("0", "a"), new("1", "b")], seen.Entries);
        var entry = seen.Json.GetProperty("entries")[1];
        var metadata = entry.GetProperty("metadata");
        Assert.Equal("application/cloudevents+json", entry.GetProperty("contentType").GetString());
        Assert.Equal(("k", "1"), (metadata.GetProperty("__key").GetString(), metadata.GetProperty("__offset").GetString()));

        string? Text(string name) => seen.Json.GetProperty(name).GetString();
    }

    [Fact]
    public async Task A_full_batch_does_not_wait_for_its_window()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 10, LongWindow);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        await system.PublishBulkAsync(app, "single", Texts(30));

        var batches = await app.NextAsync(3);
        Assert.All(batches, batch => Assert.Equal(10, batch.Entries.Count));
        Assert.Equal(Texts(30), Data(batches));
    }

    [Fact]
    public async Task A_batch_that_does_not_get_full_is_delivered_at_the_end_of_its_window()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 100, ShortWindow);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        await system.PublishBulkAsync(app, "single", Texts(5));

        Assert.Equal(Texts(5), await DataAsync(app, 5));
    }

    [Fact]
    public async Task With_a_dead_letter_topic_only_the_entries_that_failed_come_again_and_then_are_dead_letters()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 5, LongWindow, "dead");
        app.AnswerEach(data => data switch { "1" => "RETRY", "2" => null, "3" => "DROP", _ => "SUCCESS" });
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = [DeliveryTests.RetryTwice] });

        await system.PublishBulkAsync(app, "single", Texts(10));

        var (batches, letters) = await SplitAsync(app, batches: 4, letters: 3);
        Assert.Equal(["01234", "12", "12", "56789"], batches.Select(Short));
        Assert.Equal(["1", "2", "3"], letters.Select(letter => letter.Data).Order());
    }

    [Theory]
    [InlineData(500, "")]
    [InlineData(200, "no json")]
    [InlineData(200, "[]")]
    [InlineData(200, "{}")]
    public async Task An_answer_that_says_nothing_of_the_entries_lets_all_come_again_until_all_are_dead_letters(int status, string body)
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 3, LongWindow, "dead");
        app.Answer = seen => seen.PathAndQuery == "/events/single" ? Results.Text(body, statusCode: status) : Results.Ok();
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = [DeliveryTests.RetryTwice] });

        await system.PublishBulkAsync(app, "single", Texts(3));

        var (batches, letters) = await SplitAsync(app, batches: 3, letters: 3);
        Assert.Equal(["012", "012", "012"], batches.Select(Short));
        Assert.Equal(["0", "1", "2"], letters.Select(letter => letter.Data));
    }

    [Fact]
    public async Task Without_a_dead_letter_topic_the_whole_batch_comes_again()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 3, LongWindow);
        var failures = 3;
        app.AnswerEach(data => data == "1" && failures-- > 0 ? "RETRY" : "SUCCESS");
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = [DeliveryTests.RetryTwice] });

        await system.PublishBulkAsync(app, "single", Texts(6));

        Assert.Equal(["012", "1", "1", "012", "345"], (await app.NextAsync(5)).Select(Short));
    }

    [Fact]
    public async Task A_batch_that_the_app_does_not_know_is_gone()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 2, LongWindow, "dead");
        app.Answer = seen => seen.PathAndQuery == "/events/dead"
            ? Results.Ok()
            : Results.StatusCode(seen.Entries[0].Data == "0" ? 404 : 500);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });

        await system.PublishBulkAsync(app, "single", Texts(4));

        var (batches, letters) = await SplitAsync(app, batches: 2, letters: 2);
        Assert.Equal(["01", "23"], batches.Select(Short));
        Assert.Equal(["2", "3"], letters.Select(letter => letter.Data));
    }

    [Fact]
    public async Task What_comes_while_an_answer_is_late_is_the_next_batch()
    {
        var app = await TestApp.HearingInBulkAsync("app", "single", max: 100, ShortWindow);
        var hold = new TaskCompletionSource();
        app.Hold = hold.Task;
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app] });
        await system.PublishBulkAsync(app, "single", "a");
        await Limit.UntilAsync(() => app.Calls == 1);

        await system.PublishBulkAsync(app, "single", "b", "c");
        await Limit.UntilAsync(() => system.SidecarOf(app).WaitingAsync(Limit.Token).Result.Sum(waiting => waiting.Count) == 3);
        hold.SetResult();

        Assert.Equal(["a", "bc"], (await app.NextAsync(2)).Select(Short));
    }

    [Fact]
    public async Task A_restart_amid_batches_loses_nothing()
    {
        var app = await TestApp.HearingInBulkAsync("app", "orders", max: 4, ShortWindow, "dead");
        var handled = new HashSet<string>();
        app.AnswerEach(data => int.Parse(data, null) % 3 == 0 ? "RETRY" : Handled(data));
        var forever = DeliveryTests.RetryTwice.Replace("maxRetries: 2", "maxRetries: -1", StringComparison.Ordinal);
        await using var system = await LocalSystem.StartAsync(new Plan { Apps = [app], Resources = [forever] });
        await system.PublishBulkAsync(app, "orders", Enumerable.Range(0, 40).Select(i => (object)new
        {
            entryId = $"{i}",
            @event = $"{i}",
            contentType = "text/plain",
            metadata = new { partitionKey = $"k{i % 7}" }
        }));
        await app.NextAsync(4);

        await system.RestartSidecarsAsync();
        app.AnswerEach(Handled);

        await Limit.UntilAsync(() => Count() == 40);
        await Limit.UntilAsync(() => system.SidecarOf(app).WaitingAsync(Limit.Token).Result.All(waiting => waiting.Count == 0));

        string Handled(string data)
        {
            lock (handled)
                handled.Add(data);
            return "SUCCESS";
        }

        int Count()
        {
            lock (handled)
                return handled.Count;
        }
    }

    private static string[] Texts(int count) => [.. Enumerable.Range(0, count).Select(i => $"{i}")];

    private static string Short(Seen batch) => string.Concat(batch.Entries.Select(entry => entry.Data));

    private static IEnumerable<string> Data(IEnumerable<Seen> batches) =>
        batches.SelectMany(batch => batch.Entries).Select(entry => entry.Data);

    private static async Task<List<string>> DataAsync(TestApp app, int count)
    {
        var data = new List<string>();
        while (data.Count < count)
            data.AddRange(Data([await app.NextAsync()]));
        return data;
    }

    private static async Task<(List<Seen> Batches, List<Seen> Letters)> SplitAsync(TestApp app, int batches, int letters)
    {
        var seen = (await app.NextAsync(batches + letters)).ToLookup(one => one.PathAndQuery == "/events/dead");
        return ([.. seen[false]], [.. seen[true]]);
    }
}
