using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.Tokens;
using ChatApp.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatApp.Platform.Tests;

public sealed class TokenTests : IAsyncLifetime
{
    private TestSidecar _sidecar = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _sidecar = await TestSidecar.StartAsync();

    public async ValueTask DisposeAsync() => await _sidecar.DisposeAsync();

    [Theory]
    [InlineData("/mine")]
    [InlineData("/open")]
    [InlineData("/nowhere")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/dapr/subscribe")]
    [InlineData("/events/topic")]
    public async Task A_service_takes_calls_from_its_sidecar_only(string path)
    {
        await using var host = await StartAsync();
        foreach (var client in (HttpClient[])[host.ClientWithoutSidecar(), host.Client(appToken: "another"), host.Client(appToken: "")])
        {
            using (client)
            {
                using var response = await client.GetAsync(path, Cancel);
                Assert.Equal((HttpStatusCode.Unauthorized, "app_token_required"), (response.StatusCode, await CodeOfAsync(response)));
            }
        }
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Everybody_may_ask_how_it_is(string path)
    {
        await using var host = await StartAsync();
        using var client = host.ClientWithoutSidecar();

        Assert.Equal("Healthy", await client.GetStringAsync(path, Cancel));
    }

    [Theory]
    [InlineData("/open", HttpStatusCode.OK)]
    [InlineData("/openapi/v1.json", HttpStatusCode.OK)]
    [InlineData("/events/topic", HttpStatusCode.Unauthorized)]
    [InlineData("/EVENTS/topic", HttpStatusCode.Unauthorized)]
    [InlineData("/dapr/subscribe", HttpStatusCode.Unauthorized)]
    public async Task The_service_that_clients_reach_keeps_only_its_sidecars_routes_closed(string path, HttpStatusCode status)
    {
        await using var host = await StartAsync(openToClients: true);
        using var client = host.ClientWithoutSidecar();
        using var response = await client.GetAsync(path, Cancel);

        Assert.Equal(status, response.StatusCode);
    }

    [Fact]
    public async Task A_token_says_who_calls()
    {
        await using var host = await StartAsync();
        var (user, session) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        using var client = host.Client();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(user, session));

        Assert.Equal(new CurrentUser(user, session), await client.GetFromJsonAsync<CurrentUser>("/mine", Cancel));
    }

    [Fact]
    public async Task A_token_that_is_over_or_not_of_auth_is_refused()
    {
        await using var host = await StartAsync();
        var token = TestTokens.For(Guid.CreateVersion7());
        var parts = token.Split('.');
        foreach (var refused in (string[])
            [
                TestTokens.For(Guid.CreateVersion7(), lifetime: TimeSpan.FromMinutes(-1)),
                $"{parts[0]}.{TestTokens.For(Guid.CreateVersion7()).Split('.')[1]}.{parts[2]}",
                $"{parts[0]}.{parts[1]}.",
                "nonsense",
            ])
        {
            using var client = host.Client();
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", refused);
            using var response = await client.GetAsync("/mine", Cancel);
            Assert.Equal((HttpStatusCode.Unauthorized, "unauthenticated"), (response.StatusCode, await CodeOfAsync(response)));
        }
    }

    [Fact]
    public async Task A_token_that_was_good_a_moment_ago_is_refused_once_it_is_over()
    {
        await using var host = await StartAsync();
        using var client = host.Client();
        // The clock skew that is allowed for keeps it good a little longer; it must not be kept for a minute because it was seen before.
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(Guid.CreateVersion7(), lifetime: TimeSpan.FromSeconds(1)));

        using (var good = await client.GetAsync("/mine", Cancel))
            Assert.Equal(HttpStatusCode.OK, good.StatusCode);
        await Wait.UntilAsync(
            async () =>
            {
                using var response = await client.GetAsync("/mine", Cancel);
                return response.StatusCode == HttpStatusCode.Unauthorized;
            },
            "an expired token is still good");
    }

    [Fact]
    public async Task A_token_that_differs_in_its_signature_from_one_that_was_seen_is_refused()
    {
        await using var host = await StartAsync();
        using var client = host.Client();
        var token = TestTokens.For(Guid.CreateVersion7());
        foreach (var (sent, status) in ((string, HttpStatusCode)[])[(token, HttpStatusCode.OK), (token, HttpStatusCode.OK), ($"{token[..^8]}AAAAAAAA", HttpStatusCode.Unauthorized)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/mine");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", sent);
            using var response = await client.SendAsync(request, Cancel);
            Assert.Equal(status, response.StatusCode);
        }
    }

    private Task<PlatformHost> StartAsync(bool openToClients = false) => PlatformHost.StartAsync(
        _sidecar,
        map: app =>
        {
            app.MapGet("/mine", (CurrentUser user) => TypedResults.Ok(user));
            app.MapGet("/open", () => TypedResults.Ok()).AllowAnonymous();
            app.MapEvents("topic", "realtime");
        },
        openToClients: openToClients);

    private static async Task<string?> CodeOfAsync(HttpResponseMessage response) =>
        (await response.Content.ReadFromJsonAsync<JsonElement>(Cancel)).GetProperty("code").GetString();
}
