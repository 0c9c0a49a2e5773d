using System.Net;
using System.Net.Http.Json;

namespace ChatApp.Gateway.Tests.Forwarding;

public sealed class RegistrationTests(GatewayApi gateway) : IClassFixture<GatewayApi>
{
    private const string Registered = """{"userId":"0198c0de-0000-7000-8000-000000000001","accessToken":"the.new.token","refreshToken":"r"}""";
    private const string ProfilePath = "/users/0198c0de-0000-7000-8000-000000000001";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_answer_comes_when_the_profile_is_there()
    {
        var asked = 0;
        gateway.App("auth").Answers("/auth/register", Registered, HttpStatusCode.Created);
        var user = gateway.App("user").Answers(ProfilePath, _ => Task.FromResult(
            FakeApp.Answer("{}", Interlocked.Increment(ref asked) < 4 ? HttpStatusCode.NotFound : HttpStatusCode.OK)));

        var response = await RegisterAsync();

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal(Registered, await response.Content.ReadAsStringAsync(Cancel));
        Assert.Equal(4, user.Calls.Count);
        Assert.All(user.Calls, call => Assert.Equal("Bearer the.new.token", call.Headers["Authorization"]));
    }

    [Fact]
    public async Task A_profile_that_is_late_does_not_spoil_the_registration()
    {
        gateway.App("auth").Answers("/auth/register", Registered, HttpStatusCode.Created);
        gateway.App("user").Hangs(ProfilePath);

        var response = await RegisterAsync();

        Assert.Equal(Registered, await response.Content.ReadAsStringAsync(Cancel));
    }

    [Fact]
    public async Task A_refused_registration_waits_for_nothing()
    {
        gateway.App("auth").Answers("/auth/register", """{"status":409,"code":"email_taken"}""", HttpStatusCode.Conflict, "application/problem+json");
        var user = gateway.App("user");

        await (await RegisterAsync()).ExpectAsync(HttpStatusCode.Conflict, "email_taken");

        Assert.Empty(user.Calls);
    }

    private Task<HttpResponseMessage> RegisterAsync() =>
        gateway.Anonymous().PostAsJsonAsync("/api/auth/register", new { email = "ann@example.org" }, Cancel);
}
