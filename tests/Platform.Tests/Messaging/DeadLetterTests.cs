using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using MongoDB.Bson;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class PostgresDeadLetterTests : DeadLetterTests
{
    protected override async Task<ITestDatabase> CreateAsync() => await PostgresDatabase.CreateAsync();

    protected override async Task BreakAsync(ITestDatabase database) => await database.DisposeAsync();

    protected override void Add(WebApplicationBuilder builder) => builder.AddPostgres("platform", schema: "platform");
}

public sealed class MongoDeadLetterTests : DeadLetterTests
{
    protected override Task<ITestDatabase> CreateAsync() => Task.FromResult<ITestDatabase>(new MongoTestDatabase());

    protected override Task BreakAsync(ITestDatabase database) => ((MongoTestDatabase)database).Open().RunCommandAsync<BsonDocument>(
        new BsonDocument { ["collMod"] = "dead_letters", ["validator"] = new BsonDocument("$jsonSchema", new BsonDocument("required", new BsonArray { "never" })) },
        cancellationToken: TestContext.Current.CancellationToken);

    protected override void Add(WebApplicationBuilder builder) =>
        builder.AddMongo("platform");
}

/// <summary>What becomes of an event that can't be handled: the same in both kinds of database.</summary>
public abstract class DeadLetterTests : IAsyncLifetime
{
    private const string TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private readonly List<Received<SessionRevoked>> _handled = [];
    private readonly SessionRevoked _revoked = new(Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch);
    private readonly Guid _eventId = Guid.CreateVersion7();
    private TestSidecar _sidecar = null!;
    private ITestDatabase _database = null!;
    private PlatformHost _host = null!;
    private Exception? _failure;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        _database = await CreateAsync();
        _host = await StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_letter_keeps_what_is_known_of_the_event_and_of_why_it_failed()
    {
        _failure = new TimeoutException("the store is slow");
        await FailAsync(Envelope());
        await FailAsync(Envelope());
        await DieAsync(Envelope());

        var letter = Assert.Single(await LettersAsync("list"));
        Assert.Equal(
            ("auth.users", "auth.session.revoked.v1", _eventId.ToString(), "the-key", TraceParent, 2, "waiting"),
            (Text(letter, "topic"), Text(letter, "type"), Text(letter, "eventId"), Text(letter, "key"), Text(letter, "traceParent"), letter["letter"]!["attempts"]!.GetValue<int>(), letter["state"]!.GetValue<string>()));
        Assert.Equal("TimeoutException: the store is slow", Text(letter, "error"));
        Assert.Equal(Envelope(), (await LettersAsync("show"))[0]["payload"]!.GetValue<string>());
    }

    [Fact]
    public async Task An_event_that_fails_and_then_succeeds_is_no_letter()
    {
        _failure = new TimeoutException();
        await FailAsync(Envelope());
        _failure = null;
        Assert.Equal(["SUCCESS"], await _host.DeliverAsync("auth.users", Envelope()));

        Assert.Empty(await LettersAsync("list", "--all"));
    }

    [Fact]
    public async Task The_same_event_is_one_letter_however_often_it_dies()
    {
        await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => DieAsync(Envelope())));
        await DieAsync(Envelope().Replace("\"source\":\"auth\"", "\"source\":\"again\"", StringComparison.Ordinal));

        Assert.Single(await LettersAsync("list"));
    }

    [Fact]
    public async Task What_is_no_event_at_all_is_kept_to_the_last_byte()
    {
        byte[] bytes = [0xFF, 0x00, 0x80, .. "{not json"u8];
        await DieAsync(bytes);

        var letter = Assert.Single(await LettersAsync("show"));
        Assert.Equal(bytes, Convert.FromBase64String(letter["payloadBase64"]!.GetValue<string>()));
        Assert.StartsWith("It is no CloudEvent", Text(letter, "error"), StringComparison.Ordinal);
        Assert.Contains((await _host.CommandAsync("deadletters", "list")).Output.Split('\n'), line => line.Contains("It is no CloudEvent", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_letter_of_three_mebibytes_is_kept()
    {
        var large = Envelope().Replace("\"source\":\"auth\"", $"\"source\":\"{new string('x', 3 * 1024 * 1024)}\"", StringComparison.Ordinal);
        await FailAsync(large.Replace("revoked.v1", "revoked.v2", StringComparison.Ordinal), dropped: true);
        await DieAsync(large);

        Assert.Equal(large, (await LettersAsync("show", "--topic", "auth.users"))[0]["payload"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_version_that_this_program_does_not_know_is_dropped_and_can_be_replayed_by_one_that_does()
    {
        var unknown = Envelope().Replace("revoked.v1", "revoked.v2", StringComparison.Ordinal);
        await FailAsync(unknown, dropped: true);
        await DieAsync(unknown);

        var replay = await _host.CommandAsync("deadletters", "replay", "--type", "auth.session.revoked.v2");

        Assert.Equal(1, replay.Code);
        Assert.Contains("is a version that this program does not know", replay.Output, StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(await LettersAsync("list"))["letter"]!["attempts"]!.GetValue<int>());
    }

    [Fact]
    public async Task A_replay_hands_the_event_to_its_handler_and_a_second_one_does_no_harm()
    {
        await DieAsync(Envelope());
        var id = Text((await LettersAsync("list"))[0], "id");
        _failure = new TimeoutException("still broken");
        Assert.Equal(1, (await _host.CommandAsync("deadletters", "replay", "--all")).Code);
        Assert.Equal("still broken", Text((await LettersAsync("list"))[0], "error"));

        _failure = null;
        Assert.Equal(0, (await _host.CommandAsync("deadletters", "replay", "--all")).Code);
        Assert.Equal(0, (await _host.CommandAsync("deadletters", "replay", "--all")).Code);
        Assert.Equal([(_eventId, _revoked)], _handled.Select(received => (received.Id, received.Event)));
        Assert.Empty(await LettersAsync("list"));
        Assert.Equal("replayed", Assert.Single(await LettersAsync("list", "--all"))["state"]!.GetValue<string>());

        Assert.Equal(0, (await _host.CommandAsync("deadletters", "replay", "--id", id)).Code);
        Assert.Equal(2, _handled.Count);
    }

    [Fact]
    public async Task Filters_choose_and_a_discarded_letter_is_gone()
    {
        await DieAsync(Envelope());
        await DieAsync(Envelope().Replace(_eventId.ToString(), Guid.CreateVersion7().ToString(), StringComparison.Ordinal).Replace("revoked.v1", "revoked.v2", StringComparison.Ordinal));

        Assert.Empty(await LettersAsync("list", "--topic", "users.profiles"));
        Assert.Empty(await LettersAsync("list", "--since", DateTimeOffset.UtcNow.AddHours(1).ToString("O")));
        Assert.Equal(2, (await LettersAsync("list", "--since", "5m")).Count);
        Assert.Equal(0, (await _host.CommandAsync("deadletters", "discard", "--type", "auth.session.revoked.v2")).Code);
        Assert.Equal("auth.session.revoked.v1", Text(Assert.Single(await LettersAsync("list", "--all")), "type"));

        var missing = await _host.CommandAsync("deadletters", "show", "--id", Guid.NewGuid().ToString());
        Assert.Equal(1, missing.Code);
        Assert.Contains("there is no dead letter", missing.Errors, StringComparison.Ordinal);
        foreach (var wrong in (string[][])[["discard"], ["replay"], ["bury"], ["list", "--since", "soon"], ["list", "--id", "7"], ["list", "--colour", "red"]])
            await Assert.ThrowsAsync<StartupException>(() => _host.CommandAsync(["deadletters", .. wrong]));
    }

    [Fact]
    public async Task What_can_not_be_stored_now_is_asked_for_again()
    {
        await BreakAsync(_database);

        using var response = await DeliverAsync("/events/platform.deadletters", Wrapped(Encoding.UTF8.GetBytes(Envelope())));

        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.DoesNotContain("DROP", await response.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_service_hears_its_dead_letters_raw_and_without_dead_letters_of_their_own()
    {
        using var client = _host.Client();
        var subscriptions = JsonNode.Parse(await client.GetStringAsync("/dapr/subscribe", Cancel))!.AsArray();

        var own = Assert.Single(subscriptions, one => one!["topic"]!.GetValue<string>() == "platform.deadletters")!;
        Assert.Equal(("deadletters", "true"), (own["pubsubName"]!.GetValue<string>(), own["metadata"]!["rawPayload"]!.GetValue<string>()));
        Assert.Null(own["deadLetterTopic"]);
        Assert.Null(Assert.Single(subscriptions, one => one!["pubsubName"]!.GetValue<string>() == "realtime")!["deadLetterTopic"]);
    }

    [Fact]
    public async Task What_has_served_is_forgotten_and_what_waits_is_not()
    {
        _failure = new TimeoutException();
        await FailAsync(Envelope().Replace(_eventId.ToString(), Guid.CreateVersion7().ToString(), StringComparison.Ordinal));
        _failure = null;
        await DieAsync(Envelope());
        await _host.CommandAsync("deadletters", "replay", "--all");
        await DieAsync("waits");

        var clock = new TestClock();
        clock.Advance(TimeSpan.FromDays(15));
        await using var later = await StartAsync(clock);

        await Wait.UntilAsync(async () => (await LettersAsync("list", "--all")).Count == 1, "the replayed letter stays");
        Assert.Equal("waiting", (await LettersAsync("list", "--all"))[0]["state"]!.GetValue<string>());
    }

    protected abstract Task<ITestDatabase> CreateAsync();

    /// <summary>So that it takes no letter.</summary>
    protected abstract Task BreakAsync(ITestDatabase database);

    protected abstract void Add(WebApplicationBuilder builder);

    private Task<PlatformHost> StartAsync(TestClock? clock = null) => PlatformHost.StartAsync(
        _sidecar,
        builder =>
        {
            builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
            Add(builder);
            if (clock is not null)
                builder.Services.AddSingleton<TimeProvider>(clock);
        },
        app =>
        {
            app.MapEvents(SessionRevoked.Topic).On<SessionRevoked>(HandleAsync);
            app.MapEvents(MessageSent.Topic, "realtime");
        });

    private Task HandleAsync(Received<SessionRevoked> received, CancellationToken ct)
    {
        if (_failure is not null)
            throw _failure;

        _handled.Add(received);
        return Task.CompletedTask;
    }

    private string Envelope() =>
        $$"""{"specversion":"1.0","id":"{{_eventId}}","topic":"auth.users","type":"auth.session.revoked.v1","source":"auth","traceparent":"{{TraceParent}}","data":{{JsonSerializer.Serialize(_revoked, EventJson.Default.SessionRevoked)}}}""";

    private async Task FailAsync(string body, bool dropped = false) =>
        Assert.Equal([dropped ? "DROP" : "RETRY"], await _host.DeliverAsync("auth.users", body));

    private Task DieAsync(string body) => DieAsync(Encoding.UTF8.GetBytes(body));

    private async Task DieAsync(byte[] body)
    {
        using var response = await DeliverAsync("/events/platform.deadletters", Wrapped(body));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    /// <summary>As a sidecar wraps what it takes for raw.</summary>
    private static byte[] Wrapped(byte[] body) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = Guid.NewGuid(),
        source = "Dapr",
        type = "com.dapr.event.sent",
        specversion = "1.0",
        datacontenttype = "application/octet-stream",
        data_base64 = body,
        topic = "platform.deadletters",
        pubsubname = "deadletters",
    });

    private async Task<HttpResponseMessage> DeliverAsync(string path, byte[] body)
    {
        using var client = _host.Client();
        client.DefaultRequestHeaders.Add("partitionKey", "the-key");
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/cloudevents+json");
        return await client.PostAsync(path, content, Cancel);
    }

    private async Task<IReadOnlyList<JsonNode>> LettersAsync(params string[] arguments)
    {
        var (code, output, errors) = await _host.CommandAsync(["deadletters", .. arguments, "--json"]);
        Assert.True(code == 0, errors + output);
        return [.. JsonNode.Parse(output)!["letters"]!.AsArray().Select(letter => letter!)];
    }

    private static string Text(JsonNode line, string field) => line["letter"]![field]!.GetValue<string>();
}
