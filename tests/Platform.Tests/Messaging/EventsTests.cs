using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Testing;

namespace ChatApp.Platform.Tests.Messaging;

public sealed class EventsTests : IAsyncLifetime
{
    private const string Path = "/events/auth.users";

    private readonly List<Received<SessionRevoked>> _handled = [];
    private readonly MongoTestDatabase _database = new();
    private TestSidecar _sidecar = null!;
    private PlatformHost _host = null!;
    private Exception? _failure;

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
            app => app.MapEvents(SessionRevoked.Topic).On<SessionRevoked>(HandleAsync));
    }

    public async ValueTask DisposeAsync()
    {
        await _host.DisposeAsync();
        await _database.DisposeAsync();
        await _sidecar.DisposeAsync();
    }

    [Fact]
    public async Task An_event_reaches_the_handler_of_its_type_and_is_acknowledged()
    {
        var (id, revoked) = (Guid.CreateVersion7(), new SessionRevoked(Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch));
        using var response = await DeliverAsync(Envelope(id.ToString(), SessionRevoked.Type, Write(revoked)));

        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        Assert.Equal([new Received<SessionRevoked>(id, revoked)], _handled);
    }

    [Theory]
    [InlineData("""{"a":1}""")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    public async Task A_type_that_nobody_here_reads_is_acknowledged(string data)
    {
        using var response = await DeliverAsync(Envelope("not-a-uuid", "auth.user.renamed.v7", data));

        Assert.Equal((HttpStatusCode.OK, ""), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not JSON")]
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
    [InlineData("""{"id":"seven","type":"auth.session.revoked.v1","data":{}}""")]
    [InlineData("""{"id":7,"type":"auth.session.revoked.v1","data":{}}""")]
    public async Task An_event_that_can_not_be_read_is_dropped_to_the_dead_letters(string body)
    {
        using var response = await DeliverAsync(body);

        Assert.Equal((HttpStatusCode.OK, """{"status":"DROP"}"""), (response.StatusCode, await response.Content.ReadAsStringAsync(Cancel)));
        Assert.Contains(_host.Log.Lines, line => line.Contains(Path, StringComparison.Ordinal));
        Assert.Empty(_handled);
    }

    /// <summary>Some of these are what an event that can't be read throws too: thrown by a handler, they must not cost the event.</summary>
    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(KeyNotFoundException))]
    [InlineData(typeof(FormatException))]
    [InlineData(typeof(JsonException))]
    [InlineData(typeof(TimeoutException))]
    public async Task An_event_whose_handler_fails_comes_again(Type failure)
    {
        _failure = (Exception)Activator.CreateInstance(failure)!;
        var body = Envelope(
            Guid.CreateVersion7().ToString(), SessionRevoked.Type, Write(new SessionRevoked(Guid.CreateVersion7(), Guid.CreateVersion7(), DateTimeOffset.UnixEpoch)));

        using var failed = await DeliverAsync(body);
        _failure = null;
        using var again = await DeliverAsync(body);

        Assert.Equal((HttpStatusCode.InternalServerError, HttpStatusCode.OK), (failed.StatusCode, again.StatusCode));
        Assert.Single(_handled);
    }

    [Fact]
    public async Task The_sidecar_learns_what_to_subscribe_to_and_where_dead_letters_go()
    {
        using var client = _host.Client();
        var subscriptions = await client.GetFromJsonAsync<JsonElement>("/dapr/subscribe", Cancel);

        var subscription = Assert.Single(subscriptions.EnumerateArray(), one => one.GetProperty("pubsubName").GetString() == "pubsub");
        Assert.Equal("auth.users", subscription.GetProperty("topic").GetString());
        Assert.Equal("events/auth.users", subscription.GetProperty("route").GetString());
        Assert.Equal("platform.deadletters", subscription.GetProperty("deadLetterTopic").GetString());
    }

    private Task HandleAsync(Received<SessionRevoked> received, CancellationToken ct)
    {
        if (_failure is not null)
            throw _failure;

        _handled.Add(received);
        return Task.CompletedTask;
    }

    private async Task<HttpResponseMessage> DeliverAsync(string body)
    {
        using var client = _host.Client();
        return await client.PostAsync(Path, new StringContent(body, Encoding.UTF8, "application/cloudevents+json"), Cancel);
    }

    private static string Envelope(string id, string type, string data) =>
        $$"""{"specversion":"1.0","id":"{{id}}","type":"{{type}}","source":"auth","data":{{data}}}""";

    private static string Write(SessionRevoked revoked) => JsonSerializer.Serialize(revoked, EventJson.Default.SessionRevoked);
}
