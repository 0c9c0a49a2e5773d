using System.Text.Json;
using System.Threading.Channels;
using Dapr;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>A request as an app saw it.</summary>
internal sealed record Seen(string Method, string PathAndQuery, IHeaderDictionary Headers, byte[] Body)
{
    public JsonElement Json => JsonDocument.Parse(Body).RootElement;

    public string Data => Json.GetProperty("data").GetString()!;

    /// <summary>The events of a bulk delivery, by the names that it gives them.</summary>
    public IReadOnlyList<SeenEntry> Entries => [.. Json.GetProperty("entries").EnumerateArray().Select(entry => new SeenEntry(
        entry.GetProperty("entryId").GetString()!, entry.GetProperty("event").GetProperty("data").GetString()!))];
}

internal sealed record SeenEntry(string Id, string Data);

/// <summary>A real app on a free port, built with the SDK; it keeps what it saw and answers as the test says.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _calls;
    private readonly Channel<Seen> _seen = Channel.CreateUnbounded<Seen>();

    private TestApp(string id, WebApplication app) => (Id, _app) = (id, app);

    public string Id { get; }

    public int Port => new Uri(_app.Urls.First()).Port;

    /// <summary>What the recording endpoints answer; 200 without a body at first.</summary>
    public Func<Seen, IResult> Answer { get; set; } = _ => Results.Ok();

    /// <summary>How often a recording endpoint was called, whether or not it has answered.</summary>
    public int Calls => _calls;

    /// <summary>What a recording endpoint waits for before it answers.</summary>
    public Task Hold { get; set; } = Task.CompletedTask;

    public static async Task<TestApp> StartAsync(string id, Action<WebApplication, TestApp> map)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var test = new TestApp(id, app);
        map(app, test);
        await app.StartAsync(Limit.Token);
        return test;
    }

    /// <summary>An app that hears these topics, each at /events/{topic}.</summary>
    public static Task<TestApp> HearingAsync(string id, params string[] topics) => WithDeadLettersAsync(id, null, topics);

    public static Task<TestApp> WithDeadLettersAsync(string id, string? deadLetterTopic, params string[] topics) => StartAsync(id, (app, test) =>
    {
        app.MapSubscribeHandler();

        foreach (var topic in topics)
        {
            app.MapPost($"/events/{topic}", (Delegate)test.RecordAsync).WithTopic(new TopicOptions
            {
                PubsubName = "pubsub",
                Name = topic,
                DeadLetterTopic = topic == deadLetterTopic ? null : deadLetterTopic
            });
        }
    });

    /// <summary>An app that hears a topic in bulk, and its dead letters one by one. It answers success.</summary>
    public static async Task<TestApp> HearingInBulkAsync(string id, string topic, int max, int windowMs, string? deadLetterTopic = null)
    {
        var hearing = await StartAsync(id, (app, test) =>
        {
            app.MapSubscribeHandler();
            app.MapPost($"/events/{topic}", (Delegate)test.RecordAsync)
                .WithTopic(new TopicOptions { PubsubName = "pubsub", Name = topic, DeadLetterTopic = deadLetterTopic })
                .WithBulkSubscribe(
                    new BulkSubscribeTopicOptions { TopicName = topic, MaxMessagesCount = max, MaxAwaitDurationMs = windowMs });
            if (deadLetterTopic is not null)
                app.MapPost($"/events/{deadLetterTopic}", (Delegate)test.RecordAsync).WithTopic("pubsub", deadLetterTopic);
        });
        hearing.AnswerEach(_ => "SUCCESS");
        return hearing;
    }

    /// <param name="status">By the data of an entry.</param>
    public void AnswerEach(Func<string, string?> status) => Answer = seen => seen.Json.TryGetProperty("entries", out _)
        ? Results.Json(new { statuses = seen.Entries.Select(entry => new { entryId = entry.Id, status = status(entry.Data) }) })
        : Results.Ok();

    public static Task<TestApp> SilentAsync(string id) => StartAsync(id, (_, _) => { });

    public async Task<IResult> RecordAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var seen = new Seen(
            context.Request.Method, context.Request.Path.Value + context.Request.QueryString,
            new HeaderDictionary(context.Request.Headers.ToDictionary()), body.ToArray());
        Interlocked.Increment(ref _calls);
        await Hold.WaitAsync(context.RequestAborted);
        var answer = Answer(seen);
        _seen.Writer.TryWrite(seen);
        return answer;
    }

    public async Task<Seen> NextAsync() => await _seen.Reader.ReadAsync(Limit.Token).AsTask().WaitAsync(Limit.Time, Limit.Token);

    public async Task<List<Seen>> NextAsync(int count)
    {
        var all = new List<Seen>();
        while (all.Count < count)
            all.Add(await NextAsync());
        return all;
    }

    public bool HasSeenMore => _seen.Reader.TryPeek(out _);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();
}
