using System.Net;
using System.Text;
using Microsoft.AspNetCore.Mvc.Testing;

namespace ChatApp.Gateway.Tests.Forwarding;

public sealed class ForwardingTests(GatewayApi gateway) : IClassFixture<GatewayApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/auth/login", "auth", "/auth/login")]
    [InlineData("/api/me", "user", "/me")]
    [InlineData("/api/users?query=ann&limit=5", "user", "/users?query=ann&limit=5")]
    [InlineData("/api/friends", "user", "/friends")]
    [InlineData("/api/friend-requests", "user", "/friend-requests")]
    [InlineData("/api/blocks", "user", "/blocks")]
    [InlineData("/api/settings", "user", "/settings")]
    [InlineData("/api/conversations/3f2c/messages?before=7", "chat", "/conversations/3f2c/messages?before=7")]
    [InlineData("/api/sync", "chat", "/sync")]
    [InlineData("/api/notifications/unread-count", "notification", "/notifications/unread-count")]
    [InlineData("/api/notification-preferences", "notification", "/notification-preferences")]
    [InlineData("/.well-known/jwks.json", "auth", "/.well-known/jwks.json")]
    public async Task A_public_path_reaches_its_service(string path, string appId, string asSeenThere)
    {
        var app = gateway.App(appId).Answers(asSeenThere.Split('?')[0], """{"from":"the service"}""");

        var answer = await gateway.Anonymous().GetStringAsync(path, Cancel);

        Assert.Equal("""{"from":"the service"}""", answer);
        Assert.Equal(asSeenThere, Assert.Single(app.Calls).PathAndQuery);
    }

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/unknown")]
    [InlineData("/api/meeting")]
    [InlineData("/api/health/live")]
    [InlineData("/api/events/chat.messages")]
    [InlineData("/conversations")]
    [InlineData("/v1.0/invoke/auth/method/auth/login")]
    public async Task What_is_not_listed_is_not_there(string path) =>
        await (await gateway.Anonymous().GetAsync(path, Cancel)).ExpectAsync(HttpStatusCode.NotFound, "not_found");

    [Theory]
    [InlineData("/api/users/a%2Fb")]
    [InlineData("/api/users/a%252Fb")]
    [InlineData("/api/users/a%5Cb")]
    [InlineData("/api/users/%3Fadmin")]
    [InlineData("/api/users//b")]
    [InlineData("/api/users/%20")]
    public async Task A_path_that_the_sidecar_would_read_differently_is_refused(string path)
    {
        var user = gateway.App("user");

        await (await gateway.Anonymous().GetAsync(path, Cancel)).ExpectAsync(HttpStatusCode.BadRequest, "invalid_path");

        Assert.Empty(user.Calls);
    }

    [Fact]
    public async Task Method_body_and_token_go_through_as_they_came()
    {
        var chat = gateway.App("chat").Answers("/conversations", """{"id":"1"}""", HttpStatusCode.Created);
        var client = gateway.ClientFor(Guid.NewGuid());

        var response = await client.PostAsync("/api/conversations", new StringContent("""{"kind":"group"}""", Encoding.UTF8, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var call = Assert.Single(chat.Calls);
        Assert.Equal((HttpMethod.Post, """{"kind":"group"}"""), (call.Method, call.Body));
        Assert.Equal(client.DefaultRequestHeaders.Authorization!.ToString(), call.Headers["Authorization"]);
        Assert.Equal("application/json; charset=utf-8", call.Headers["Content-Type"]);
    }

    [Theory]
    [InlineData("dapr-caller-app-id")]
    [InlineData("dapr-app-id")]
    [InlineData("X-Forwarded-For")]
    [InlineData("Forwarded")]
    [InlineData("Cookie")]
    [InlineData("Accept")]
    [InlineData("X-Anything")]
    public async Task Headers_that_a_client_has_no_business_with_stay_outside(string header)
    {
        var user = gateway.App("user").Answers("/me", "{}");
        var client = gateway.Anonymous();
        client.DefaultRequestHeaders.TryAddWithoutValidation(header, "forged");

        await client.GetAsync("/api/me", Cancel);

        Assert.DoesNotContain("forged", Assert.Single(user.Calls).Headers.Values);
    }

    [Fact]
    public async Task A_location_is_given_as_the_client_can_use_it()
    {
        gateway.App("chat").Answers("/conversations", _ =>
        {
            var answer = FakeApp.Answer("{}", HttpStatusCode.Created);
            answer.Headers.Location = new Uri("/conversations/17", UriKind.Relative);
            return Task.FromResult(answer);
        });

        var response = await gateway.Anonymous().PostAsync("/api/conversations", null, Cancel);

        Assert.Equal("/api/conversations/17", response.Headers.Location?.OriginalString);
    }

    [Fact]
    public async Task Errors_of_a_service_pass_as_they_are()
    {
        gateway.App("chat").Answers("/sync", """{"status":500,"code":"internal"}""", HttpStatusCode.InternalServerError, "application/problem+json");

        var response = await gateway.Anonymous().GetAsync("/api/sync", Cancel);

        await response.ExpectAsync(HttpStatusCode.InternalServerError, "internal");
    }

    [Fact]
    public async Task An_error_of_the_sidecar_says_which_service_is_missing_and_nothing_more()
    {
        gateway.App("chat").Answers(
            "/conversations",
            """{"errorCode":"ERR_DIRECT_INVOKE","message":"failed to invoke, id: chat, err: dial tcp 10.0.0.7:8083: connection refused"}""",
            HttpStatusCode.InternalServerError);

        var response = await gateway.Anonymous().GetAsync("/api/conversations", Cancel);

        var problem = await response.ExpectAsync(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.Equal("chat", problem.GetProperty("service").GetString());
        Assert.DoesNotContain("10.0.0.7", problem.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.FromSeconds(1), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Without_a_sidecar_every_service_is_unavailable()
    {
        using var alone = gateway.WithWebHostBuilder(host => host.UseSetting("DAPR_HTTP_ENDPOINT", "http://127.0.0.1:1"));

        var response = await alone.CreateClient().GetAsync("/api/me", Cancel);

        var problem = await response.ExpectAsync(HttpStatusCode.ServiceUnavailable, "service_unavailable");
        Assert.Equal("user", problem.GetProperty("service").GetString());
    }

    [Fact]
    public async Task A_sidecar_that_does_not_take_our_token_is_not_the_clients_fault()
    {
        using var stranger = gateway.WithWebHostBuilder(host => host.UseSetting("DAPR_API_TOKEN", "wrong"));

        var response = await stranger.CreateClient().GetAsync("/api/me", Cancel);

        await response.ExpectAsync(HttpStatusCode.ServiceUnavailable, "service_unavailable");
    }

    [Fact]
    public async Task A_service_that_hangs_is_given_up_at_the_deadline()
    {
        gateway.App("user").Hangs("/settings");

        var response = await gateway.Anonymous().GetAsync("/api/settings", Cancel);

        var problem = await response.ExpectAsync(HttpStatusCode.GatewayTimeout, "service_timeout");
        Assert.Equal("user", problem.GetProperty("service").GetString());
    }

    [Theory]
    [InlineData("/events/chat.messages")]
    [InlineData("/dapr/subscribe")]
    public async Task Only_the_sidecar_may_deliver_events(string path)
    {
        using var client = gateway.CreateClient(new WebApplicationFactoryClientOptions());

        await (await client.PostAsync(path, null, Cancel)).ExpectAsync(HttpStatusCode.Unauthorized, "app_token_required");
    }
}
