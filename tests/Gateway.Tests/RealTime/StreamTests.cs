using System.Net;
using System.Net.Http.Headers;
using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ChatApp.Gateway.Tests.RealTime;

public sealed class StreamTests(StreamApi gateway) : IClassFixture<StreamApi>
{
    private readonly Guid _ann = Guid.NewGuid(), _bob = Guid.NewGuid(), _eve = Guid.NewGuid();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_comes_to_every_stream_of_every_member_with_one_id()
    {
        await using var annsPhone = await gateway.OpenAsync(_ann);
        await using var annsDesk = await gateway.OpenAsync(_ann);
        await using var bobs = await gateway.OpenAsync(_bob);
        var id = Guid.CreateVersion7();
        var sent = Events.Message(_bob, [_ann, _bob], seq: 7);

        await gateway.DeliverAsync(sent, id);

        foreach (var stream in (OpenStream[])[annsPhone, annsDesk, bobs])
        {
            var message = await stream.NextAsync();
            Assert.Equal(("message", id.ToString()), (message.Name, message.Id));
            Assert.Equal(
                $$"""{"conversationId":"{{sent.ConversationId}}","seq":7,"rev":7,"senderId":"{{_bob}}","clientMessageId":"{{sent.ClientMessageId}}","text":"hello","sentAt":"2026-01-02T12:00:00+00:00"}""",
                message.Data);
        }
    }

    [Fact]
    public async Task Nobody_sees_what_is_not_for_him()
    {
        await using var eves = await gateway.OpenAsync(_eve);

        await gateway.DeliverAsync(Events.Message(_ann, [_ann, _bob]));
        await gateway.DeliverAsync(new NotificationCreated(Guid.NewGuid(), _ann, "message", _bob, "Bob", null, null, null, Events.Noon));
        await gateway.DeliverAsync(new NotificationsRead(_eve, null, Events.Noon));

        Assert.Equal("notifications_read", (await eves.NextAsync()).Name);
    }

    [Fact]
    public async Task Everything_else_that_concerns_a_user_comes_too()
    {
        await using var anns = await gateway.OpenAsync(_ann);
        var conversation = Guid.NewGuid();
        var notification = Guid.NewGuid();

        await gateway.DeliverAsync(new ConversationCreated(conversation, ConversationKind.Group, "Lunch", _bob, [_ann, _bob], Events.Noon));
        await gateway.DeliverAsync(new MembershipChanged(conversation, _ann, "member", true, null, 2, Events.Noon));
        await gateway.DeliverAsync(new ReceiptUpdated(conversation, _bob, 3, [_ann, _bob], Events.Noon));
        await gateway.DeliverAsync(new NotificationCreated(notification, _ann, "message", _bob, "Bob", "hi", conversation, 3, Events.Noon));
        await gateway.DeliverAsync(new NotificationsRead(_ann, notification, Events.Noon));

        var started = await anns.NextAsync();
        Assert.Equal(("conversation", "group"), (started.Name, started.Json.GetProperty("kind").GetString()));
        Assert.Equal(conversation, started.Json.GetProperty("id").GetGuid());
        Assert.Equal(("membership", 2), await NextOf("version"));
        Assert.Equal(("receipt", 3), await NextOf("readSeq"));
        Assert.Equal(("notification", 3), await NextOf("seq"));
        var read = await anns.NextAsync();
        Assert.Equal(("notifications_read", notification), (read.Name, read.Json.GetProperty("notificationId").GetGuid()));

        async Task<(string, int)> NextOf(string property)
        {
            var next = await anns.NextAsync();
            return (next.Name, next.Json.GetProperty(property).GetInt32());
        }
    }

    [Fact]
    public async Task An_event_that_is_delivered_twice_is_shown_once()
    {
        await using var anns = await gateway.OpenAsync(_ann);
        var id = Guid.CreateVersion7();
        var sent = Events.Message(_bob, [_ann, _bob]);

        await gateway.DeliverAsync(sent, id);
        await gateway.DeliverAsync(sent, id);
        await gateway.DeliverAsync(Events.Message(_bob, [_ann, _bob], text: "next"));

        Assert.Equal(id.ToString(), (await anns.NextAsync()).Id);
        Assert.Equal("next", (await anns.NextAsync()).Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Proxies_are_told_to_let_it_through()
    {
        await using var anns = await gateway.OpenAsync(_ann);

        Assert.Equal("text/event-stream", anns.Response.Content.Headers.ContentType?.ToString());
        Assert.True(anns.Response.Headers.CacheControl?.NoStore);
        Assert.Equal(["no"], anns.Response.Headers.GetValues("X-Accel-Buffering"));
    }

    [Fact]
    public async Task A_silent_stream_has_a_heartbeat()
    {
        await using var anns = await gateway.OpenAsync(_ann);

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (anns.Heartbeats < 2)
            await Task.Delay(20, limit.Token);
    }

    [Fact]
    public async Task A_revoked_session_loses_its_streams_and_gets_no_new_one()
    {
        var session = Guid.NewGuid();
        await using var revoked = await gateway.OpenAsync(_ann, session);
        await using var other = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(new SessionRevoked(_ann, session, Events.Noon));
        await gateway.DeliverAsync(Events.Message(_bob, [_ann, _bob]));

        Assert.Equal(["revoked"], (await revoked.RestAsync()).Select(e => e.Name));
        Assert.Equal("message", (await other.NextAsync()).Name);
        var again = await gateway.ClientFor(_ann, session).GetAsync("/api/stream", Cancel);
        await again.ExpectAsync(HttpStatusCode.Unauthorized, "session_revoked");
    }

    [Fact]
    public async Task What_was_published_before_the_gateway_started_is_no_news_but_a_revoked_session_stays_revoked()
    {
        var session = Guid.NewGuid();
        await using var anns = await gateway.OpenAsync(_ann);
        await using var revoked = await gateway.OpenAsync(_bob, session);
        var hourAgo = DateTimeOffset.UtcNow.AddHours(-1);

        await gateway.DeliverAsync(Events.Message(_bob, [_ann, _bob], text: "old"), publishedAt: hourAgo);
        await gateway.DeliverAsync(new SessionRevoked(_bob, session, hourAgo), publishedAt: hourAgo);
        await gateway.DeliverAsync(Events.Message(_bob, [_ann, _bob], text: "new"), publishedAt: DateTimeOffset.UtcNow);

        Assert.Contains("\"new\"", (await anns.NextAsync()).Data, StringComparison.Ordinal);
        Assert.Equal(["revoked"], (await revoked.RestAsync()).Select(e => e.Name));
    }

    [Fact]
    public async Task A_stream_ends_with_its_access_token()
    {
        var client = gateway.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(_ann, lifetime: TimeSpan.FromSeconds(2)));
        await using var anns = await OpenStream.OpenAsync(client);

        Assert.Equal(["expired"], (await anns.RestAsync()).Select(e => e.Name));
    }

    [Fact]
    public async Task Nobody_gets_a_stream_without_a_token()
    {
        var client = gateway.Anonymous();
        client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");

        await (await client.GetAsync("/api/stream", Cancel)).ExpectAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    [Fact]
    public async Task Streams_of_one_user_are_limited_and_a_closed_one_makes_room()
    {
        var streams = new List<OpenStream>();
        for (var n = 0; n < StreamApi.StreamsPerUser; n++)
            streams.Add(await gateway.OpenAsync(_ann));

        await (await gateway.ClientFor(_ann).GetAsync("/api/stream", Cancel)).ExpectAsync(HttpStatusCode.TooManyRequests, "too_many_streams");

        await streams[0].DisposeAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        HttpResponseMessage again;
        do
        {
            again = await gateway.ClientFor(_ann).GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        while (again.StatusCode == HttpStatusCode.TooManyRequests);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        again.Dispose();
        foreach (var stream in streams.Skip(1))
            await stream.DisposeAsync();
    }

    [Fact]
    public async Task A_gateway_that_stops_says_good_bye()
    {
        await using var stopping = new StreamApi();
        await stopping.InitializeAsync();
        await using var anns = await stopping.OpenAsync(_ann);

        stopping.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        var last = Assert.Single(await anns.RestAsync());
        Assert.Equal(("resume", """{"reason":"stopping"}"""), (last.Name, last.Data));
    }
}
