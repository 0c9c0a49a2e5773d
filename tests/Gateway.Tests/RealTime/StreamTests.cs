using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
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
    public async Task A_message_comes_to_every_stream_of_every_member_as_it_was_published()
    {
        var conversation = gateway.Conversation(_ann, _bob);
        await using var annsPhone = await gateway.OpenAsync(_ann);
        await using var annsDesk = await gateway.OpenAsync(_ann);
        await using var bobs = await gateway.OpenAsync(_bob);
        var id = Guid.CreateVersion7();
        var sent = Json(Events.Message(conversation, _bob, seq: 7, text: "two\nlines, \"quoted\""));

        await DeliverAsync(id, sent);

        foreach (var stream in (OpenStream[])[annsPhone, annsDesk, bobs])
        {
            var message = await stream.NextAsync();
            Assert.Equal(("message", id.ToString()), (message.Name, message.Id));
            Assert.Equal(sent, message.Data);
        }
    }

    [Fact]
    public async Task Line_ends_between_the_tokens_of_a_message_do_not_break_its_event()
    {
        var conversation = gateway.Conversation(_ann);
        await using var anns = await gateway.OpenAsync(_ann);
        var sent = Json(Events.Message(conversation, _bob)).Replace(",\"", ",\r\n  \"", StringComparison.Ordinal);

        await DeliverAsync(Guid.NewGuid(), sent);

        Assert.Equal("hello", (await anns.NextAsync()).Json.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Nobody_sees_what_is_not_for_him()
    {
        var conversation = gateway.Conversation(_ann, _bob);
        var own = gateway.Conversation(_eve);
        await using var anns = await gateway.OpenAsync(_ann);
        await using var eves = await gateway.OpenAsync(_eve);

        await gateway.DeliverAsync(Events.Message(conversation, _ann));
        await gateway.DeliverAsync(new ReceiptUpdated(conversation, _bob, 2, 1, Events.Noon));
        await gateway.DeliverAsync(new MembershipChanged(own, _bob, null, 1, Events.Noon));
        await gateway.DeliverAsync(new InboxChanged(Guid.NewGuid(), [Events.Entry(_bob, Guid.NewGuid())]));
        await gateway.DeliverAsync(new MembershipChanged(own, _eve, null, 7, Events.Noon));

        Assert.Equal(["message", "receipts"], await anns.NamesAsync(2));
        Assert.Equal("membership", (await eves.NextAsync()).Name);
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
        var conversation = gateway.Conversation(_ann, _bob);
        await using var revoked = await gateway.OpenAsync(_ann, session);
        await using var other = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(new SessionRevoked(_ann, session, Events.Noon));
        await gateway.DeliverAsync(Events.Message(conversation, _bob));

        Assert.Equal(["revoked"], (await revoked.RestAsync()).Select(e => e.Name));
        Assert.Equal("message", (await other.NextAsync()).Name);
        var again = await gateway.ClientFor(_ann, session).GetAsync("/api/stream", Cancel);
        await again.ExpectAsync(HttpStatusCode.Unauthorized, "session_revoked");
    }

    [Fact]
    public async Task What_was_published_before_the_gateway_started_is_no_news_but_a_revoked_session_stays_revoked()
    {
        var session = Guid.NewGuid();
        var conversation = gateway.Conversation(_ann, _bob);
        await using var anns = await gateway.OpenAsync(_ann);
        await using var revoked = await gateway.OpenAsync(_bob, session);
        var hourAgo = DateTimeOffset.UtcNow.AddHours(-1);

        await gateway.DeliverAsync(Events.Message(conversation, _bob, text: "old"), publishedAt: hourAgo);
        await gateway.DeliverAsync(new SessionRevoked(_bob, session, hourAgo), publishedAt: hourAgo);
        await gateway.DeliverAsync(Events.Message(conversation, _bob, text: "new"), publishedAt: DateTimeOffset.UtcNow);

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

    private static string Json(MessageSent message) => JsonSerializer.Serialize(message, EventJson.Default.MessageSent);

    /// <summary>Delivers a message byte by byte as it is given.</summary>
    private async Task DeliverAsync(Guid id, string data)
    {
        using var client = gateway.Anonymous();
        using var answer = await client.PostAsync($"/events/{MessageSent.Topic}", new StringContent($$$"""
            {"entries":[{"entryId":"0","event":{"id":"{{{id}}}","type":"{{{MessageSent.Type}}}","data":{{{data}}}}}]}
            """), Cancel);
        Assert.Contains("SUCCESS", await answer.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
    }
}
