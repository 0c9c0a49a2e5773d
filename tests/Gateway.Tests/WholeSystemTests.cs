using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Gateway.Tests.RealTime;

namespace ChatApp.Gateway.Tests;

public sealed class WholeSystemTests(WholeSystem system) : IClassFixture<WholeSystem>
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_newcomer_finds_his_profile_with_the_next_call()
    {
        var ann = await system.RegisterAsync("Ann");

        var me = await ann.Client.GetFromJsonAsync<JsonElement>("/api/me", Cancel);

        Assert.Equal("Ann", me.GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task A_message_arrives_live_and_waits_at_home_and_in_the_inbox()
    {
        var (ann, bob) = (await system.RegisterAsync("Ann"), await system.RegisterAsync("Bob"));
        await using var bobs = await OpenStream.OpenAsync(bob.Client);

        var conversationId = await StartConversationAsync(ann, bob);
        var sent = await ann.Client.PostAsJsonAsync(
            $"/api/conversations/{conversationId}/messages", new { clientMessageId = Guid.NewGuid(), text = "hello Bob" }, Cancel);
        Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync(Cancel));

        Assert.Equal(conversationId, (await NextAsync(bobs, "conversation")).GetProperty("id").GetGuid());
        Assert.Equal("created", (await NextAsync(bobs, "message")).GetProperty("system").GetProperty("change").GetString());
        var message = await NextAsync(bobs, "message");
        Assert.Equal(("hello Bob", 2), (message.GetProperty("text").GetString(), message.GetProperty("seq").GetInt32()));
        Assert.Equal("message", (await NextAsync(bobs, "notifications")).GetProperty("items")[0].GetProperty("kind").GetString());

        var home = await bob.Client.GetFromJsonAsync<JsonElement>("/api/home", Cancel);
        Assert.Equal("[]", home.GetProperty("partial").GetRawText());
        Assert.Equal("Bob", home.GetProperty("me").GetProperty("displayName").GetString());
        Assert.Equal("Ann", home.GetProperty("conversations").GetProperty("items")[0].GetProperty("name").GetString());
        Assert.Equal("""{"messages":1,"conversations":1,"notifications":1}""", home.GetProperty("unread").GetRawText());
        Assert.Empty(system.Refused);
    }

    [Fact]
    public async Task Logging_out_ends_the_stream()
    {
        var ann = await system.RegisterAsync("Ann");
        await using var stream = await OpenStream.OpenAsync(ann.Client);

        await ann.Client.PostAsJsonAsync("/api/auth/logout", new { refreshToken = ann.RefreshToken }, Cancel);

        Assert.Equal(["revoked"], (await stream.RestAsync()).Select(e => e.Name));
        await (await ann.Client.GetAsync("/api/stream", Cancel)).ExpectAsync(HttpStatusCode.Unauthorized, "session_revoked");
    }

    [Fact]
    public async Task The_api_document_is_whole_and_every_operation_says_what_it_does()
    {
        var document = await system.Client().GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancel);

        Assert.False(document.TryGetProperty("x-partial", out var missing), $"{missing}");
        var operations = document.GetProperty("paths").EnumerateObject()
            .SelectMany(path => path.Value.EnumerateObject().Select(operation => (Name: $"{operation.Name} {path.Name}", operation.Value)))
            .ToArray();
        Assert.All(
            ["post /api/auth/register", "get /api/me", "post /api/conversations/{id}/messages", "get /api/notifications", "get /api/home", "get /api/stream"],
            expected => Assert.Contains(operations, operation => operation.Name == expected));
        Assert.All(operations, operation => Assert.True(operation.Value.TryGetProperty("summary", out _), operation.Name));
        Assert.Equal("[]", operations.Single(operation => operation.Name == "post /api/auth/login").Value.GetProperty("security").GetRawText());
    }

    [Fact]
    public async Task A_stranger_gets_nothing()
    {
        foreach (var path in (string[])["/api/me", "/api/conversations", "/api/notifications", "/api/home"])
            await (await system.Client().GetAsync(path, Cancel)).ExpectAsync(HttpStatusCode.Unauthorized, "unauthenticated");
    }

    /// <summary>Chat knows a newcomer as soon as it has heard of him.</summary>
    private static async Task<Guid> StartConversationAsync(Person from, Person to)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(Limit);
        while (true)
        {
            var response = await from.Client.PostAsJsonAsync("/api/conversations", new { kind = "direct", userId = to.Id }, limit.Token);
            if (response.IsSuccessStatusCode)
                return (await response.Content.ReadFromJsonAsync<JsonElement>(limit.Token)).GetProperty("id").GetGuid();
        }
    }

    private static async Task<JsonElement> NextAsync(OpenStream stream, string name)
    {
        while (true)
        {
            var next = await stream.NextAsync();
            if (next.Name == name)
                return next.Json;
        }
    }
}
