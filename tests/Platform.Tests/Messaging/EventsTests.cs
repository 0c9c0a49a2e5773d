using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Tests.Messaging;

/// <summary>Deliveries in bulk: whatever happens inside, the answer is 200 with a word on each event.</summary>
public sealed class EventsTests : IAsyncLifetime
{
    private readonly List<Received<SessionRevoked>> _handled = [];
    private readonly List<string[]> _batches = [];
    private readonly MongoTestDatabase _database = new();
    private TestSidecar _sidecar = null!;
    private PlatformHost _host = null!;
    private Func<Guid, Exception?> _failure = _ => null;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        _host = await PlatformHost.StartAsync(
            _sidecar,
            builder =>
            {
                builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
                builder.AddMongo("platform");
            },
            app =>
            {
                app.MapEvents(SessionRevoked.Topic).On<SessionRevoked>(HandleAsync);
                app.MapEvents(ProfileUpdated.Topic).Read<ProfileUpdated>().Read<SettingsUpdated>().InBatches(HandleAsync);
                app.MapEvents(BlockChanged.Topic).Read<ProfileUpdated>().InBatches(HandleAsync, interval: TimeSpan.FromHours(1));
            });
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task Each_event_of_a_delivery_reaches_the_handler_of_its_type()
    {
        var (one, other, revoked) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Revoked());

        Assert.Equal(["SUCCESS", "SUCCESS"], await _host.DeliverAsync("auth.users", Envelope(one, revoked), Envelope(other, revoked)));

        Assert.Equal([(one, revoked), (other, revoked)], _handled.Select(received => (received.Id, received.Event)));
        Assert.All(_handled, received => Assert.Equal(Write(revoked), System.Text.Encoding.UTF8.GetString(received.Data.Span)));
        Assert.All(_handled, received => Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero), received.PublishedAt));
    }

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public async Task A_type_that_nobody_here_reads_is_acknowledged(string data) =>
        Assert.Equal(["SUCCESS"], await _host.DeliverAsync("auth.users", Envelope("not-a-uuid", "auth.user.renamed.v7", data)));

    [Theory]
    [InlineData("\"bm90IEpTT04=\"")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("{}")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":7,"data":{}}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":null,"data":{}}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v1"}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v1","data":null}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v1","data":"text"}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v1","data":{"userId":"me"}}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v1","data":{}}""")]
    [InlineData("""{"id":"0199a5a0-0000-7000-8000-000000000000","type":"auth.session.revoked.v2","data":{}}""")]
    [InlineData("""{"id":"seven","type":"auth.session.revoked.v1","data":{}}""")]
    [InlineData("""{"id":7,"type":"auth.session.revoked.v1","data":{}}""")]
    public async Task An_event_that_can_not_be_read_is_dropped_and_noted_and_the_others_are_handled(string unreadable)
    {
        var statuses = await _host.DeliverAsync("auth.users", Envelope(Guid.CreateVersion7(), Revoked()), unreadable, Envelope(Guid.CreateVersion7(), Revoked()));

        Assert.Equal(["SUCCESS", "DROP", "SUCCESS"], statuses);
        Assert.Equal(2, _handled.Count);
        Assert.Contains(_host.Log.Lines, line => line.Contains("can't be read", StringComparison.Ordinal));
        var note = Assert.Single(await NotesAsync());
        Assert.Equal(("auth.users", 1, false), (note["topic"].AsString, note["attempts"].AsInt32, note.Contains("payload")));
    }

    /// <summary>Some of these are what an event that can't be read throws too: thrown by a handler, they must not cost the event.</summary>
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(JsonException))]
    [InlineData(typeof(TimeoutException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task An_event_whose_handler_fails_comes_again_and_no_other_does(Type failure)
    {
        var (good, bad) = (Envelope(Guid.CreateVersion7(), Revoked()), Guid.CreateVersion7());
        _failure = id => id == bad ? (Exception)Activator.CreateInstance(failure)! : null;

        var failed = await _host.DeliverAsync("auth.users", good, Envelope(bad, Revoked()), good);
        _failure = _ => null;
        var again = await _host.DeliverAsync("auth.users", Envelope(bad, Revoked()));

        Assert.Equal(["SUCCESS", "RETRY", "SUCCESS", "SUCCESS"], failed.Concat(again));
        Assert.StartsWith(failure.Name, Assert.Single(await NotesAsync())["error"].AsString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_batch_reaches_its_handler_as_one()
    {
        var statuses = await _host.DeliverAsync("users.profiles", Profile(1), Envelope("x", "users.other.v1", "{}"), Settings(2), Profile(3));

        Assert.Equal(["SUCCESS", "SUCCESS", "SUCCESS", "SUCCESS"], statuses);
        Assert.Equal([["1", "2", "3"]], _batches);
    }

    [Fact]
    public async Task A_batch_that_fails_is_tried_event_by_event_and_the_answer_says_which_one_it_was()
    {
        _failure = id => id == IdOf(2) ? new TimeoutException() : null;

        Assert.Equal(["SUCCESS", "RETRY", "SUCCESS", "DROP"], await _host.DeliverAsync("users.profiles", Profile(1), Profile(2), Profile(3), "{}"));
        Assert.Equal([["1"], ["3"]], _batches);
        Assert.Equal(2, (await NotesAsync()).Count);
    }

    [Fact]
    public async Task A_batch_that_comes_twice_reversed_or_overlapping_is_handled_as_it_comes()
    {
        foreach (var batch in (int[][])[[1, 2, 3], [3, 2, 1], [2, 3, 4, 4]])
            Assert.All(await _host.DeliverAsync("users.profiles", [.. batch.Select(Profile)]), status => Assert.Equal("SUCCESS", status));

        Assert.Equal([["1", "2", "3"], ["3", "2", "1"], ["2", "3", "4", "4"]], _batches);
    }

    [Fact]
    public async Task Where_batches_are_gathered_the_first_is_handled_at_once_and_those_that_come_together_as_one()
    {
        Assert.Equal(["SUCCESS"], await _host.DeliverAsync("users.relationships", Profile(1)));
        var deliveries = await Task.WhenAll(
            _host.DeliverAsync("users.relationships", [.. Enumerable.Range(2, 60).Select(Profile)]),
            _host.DeliverAsync("users.relationships", [.. Enumerable.Range(62, 60).Select(Profile)]));

        Assert.All(deliveries.SelectMany(statuses => statuses), status => Assert.Equal("SUCCESS", status));
        Assert.Equal([1, 120], _batches.Select(batch => batch.Length));
    }

    [Fact]
    public async Task Where_batches_are_gathered_a_bad_event_fails_alone()
    {
        _failure = id => id == IdOf(2) ? new TimeoutException() : null;

        Assert.Equal(["RETRY", "SUCCESS"], await _host.DeliverAsync("users.relationships", Profile(2), Profile(3)));
    }

    [Fact]
    public async Task What_a_slow_handler_can_not_do_in_time_comes_again_and_the_rest_is_answered()
    {
        var clock = new FastClock(40);
        await using var slow = await PlatformHost.StartAsync(
            _sidecar,
            builder =>
            {
                builder.Configuration["ConnectionStrings:platform"] = _database.ConnectionString;
                builder.AddMongo("platform");
                Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton<TimeProvider>(builder.Services, clock);
            },
            app => app.MapEvents(ProfileUpdated.Topic).Read<ProfileUpdated>().InBatches((batch, ct) =>
                batch.Any(received => received.Id == IdOf(2)) ? Task.Delay(Timeout.Infinite, ct) : Task.CompletedTask));

        Assert.Equal(["SUCCESS", "RETRY", "RETRY"], await slow.DeliverAsync("users.profiles", Profile(1), Profile(2), Profile(3)));
    }

    [Fact]
    public async Task A_store_that_takes_no_note_costs_no_answer()
    {
        await _database.Open().RunCommandAsync<BsonDocument>(
            new BsonDocument { ["collMod"] = "dead_letters", ["validator"] = new BsonDocument("$jsonSchema", new BsonDocument("required", new BsonArray { "never" })) },
            cancellationToken: Cancel);

        Assert.Equal(["DROP", "SUCCESS"], await _host.DeliverAsync("auth.users", "{}", Envelope(Guid.CreateVersion7(), Revoked())));
    }

    [Fact]
    public async Task The_sidecar_learns_what_to_subscribe_to_in_which_batches_and_where_dead_letters_go()
    {
        using var client = _host.Client();
        var subscriptions = await client.GetFromJsonAsync<JsonElement>("/dapr/subscribe", Cancel);

        var subscription = Assert.Single(subscriptions.EnumerateArray(), one => one.GetProperty("topic").GetString() == "auth.users");
        Assert.Equal("pubsub", subscription.GetProperty("pubsubName").GetString());
        Assert.Equal("events/auth.users", subscription.GetProperty("route").GetString());
        Assert.Equal("platform.deadletters", subscription.GetProperty("deadLetterTopic").GetString());
        var bulk = subscription.GetProperty("bulkSubscribe");
        Assert.Equal(
            (true, 100, 2), (bulk.GetProperty("enabled").GetBoolean(), bulk.GetProperty("maxMessagesCount").GetInt32(), bulk.GetProperty("maxAwaitDurationMs").GetInt32()));
    }

    private Task HandleAsync(Received<SessionRevoked> received, CancellationToken ct)
    {
        if (_failure(received.Id) is { } failure)
            throw failure;

        _handled.Add(received);
        return Task.CompletedTask;
    }

    private Task HandleAsync(IReadOnlyList<Received> batch, CancellationToken ct)
    {
        foreach (var received in batch)
        {
            if (_failure(received.Id) is { } failure)
                throw failure;
        }

        _batches.Add([.. batch.Select(received => received switch
        {
            Received<ProfileUpdated> { Event.Version: var version } => $"{version}",
            Received<SettingsUpdated> { Event.Version: var version } => $"{version}",
            _ => "?",
        })]);
        return Task.CompletedTask;
    }

    private async Task<IReadOnlyList<BsonDocument>> NotesAsync() =>
        await _database.Open().GetCollection<BsonDocument>("dead_letters").Find(new BsonDocument()).ToListAsync(Cancel);

    private static SessionRevoked Revoked() => new(Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch);

    private static string Envelope(Guid id, SessionRevoked revoked) => Envelope($"{id}", SessionRevoked.Type, Write(revoked));

    private static string Profile(int version) => Envelope(
        $"{IdOf(version)}",
        ProfileUpdated.Type,
        JsonSerializer.Serialize(new ProfileUpdated(Guid.CreateVersion7(), "alice", "Alice", null, version, DateTimeOffset.UnixEpoch), EventJson.Default.ProfileUpdated));

    private static string Settings(int version) => Envelope(
        $"{IdOf(version)}",
        SettingsUpdated.Type,
        JsonSerializer.Serialize(new SettingsUpdated(Guid.CreateVersion7(), "en", "UTC", version, DateTimeOffset.UnixEpoch), EventJson.Default.SettingsUpdated));

    private static string Envelope(string id, string type, string data) =>
        $$"""{"specversion":"1.0","id":"{{id}}","type":"{{type}}","source":"auth","time":"2026-03-01T12:00:00Z","data":{{data}}}""";

    private static Guid IdOf(int version) => new(version, 0, 0, new byte[8]);

    private static string Write(SessionRevoked revoked) => JsonSerializer.Serialize(revoked, EventJson.Default.SessionRevoked);
}
