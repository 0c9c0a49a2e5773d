using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ChatApp.Testing;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.User.Tests;

/// <summary>What a service that is handed a bad access token does: nothing, and it says no more than that the caller is not signed in.</summary>
public sealed class TokenTests(UserApi user) : IClassFixture<UserApi>
{
    public static TheoryData<string> Forgeries => [.. All.Keys];

    private static readonly Dictionary<string, Action<SecurityTokenDescriptor>> All = new()
    {
        ["expired"] = token => (token.IssuedAt, token.NotBefore, token.Expires) =
            (DateTime.UtcNow.AddMinutes(-20), DateTime.UtcNow.AddMinutes(-20), DateTime.UtcNow.AddSeconds(-10)),
        ["without an end"] = token => token.Expires = null,
        ["not yet good"] = token => token.NotBefore = DateTime.UtcNow.AddMinutes(5),
        ["of another type"] = token => token.TokenType = "JWT",
        ["of another issuer"] = token => token.Issuer = "somebody",
        ["for another audience"] = token => token.Audience = "something",
        ["without a user"] = token => token.Subject.RemoveClaim(token.Subject.FindFirst("sub")),
        ["without a session"] = token => token.Subject.RemoveClaim(token.Subject.FindFirst("sid")),
        ["not signed"] = token => token.SigningCredentials = null,
        ["signed with an unknown key"] = token => token.SigningCredentials = new SigningCredentials(
            new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "tests" }, SecurityAlgorithms.EcdsaSha256),
        ["signed with the public key as a secret"] = token => token.SigningCredentials = new SigningCredentials(
            new SymmetricSecurityKey(Encoding.UTF8.GetBytes(TestTokens.KeySet)) { KeyId = "tests" }, SecurityAlgorithms.HmacSha256),
    };

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task Such_a_token_opens_nothing(string forgery)
    {
        var response = await ReadMeAsync(TestTokens.Forge(Guid.NewGuid(), All[forgery]));

        Assert.True(response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden, $"{forgery}: {response.StatusCode}");
    }

    [Fact]
    public async Task The_same_token_without_a_flaw_opens_the_door()
    {
        var alice = await user.SignUpAsync();

        Assert.Equal(HttpStatusCode.OK, (await ReadMeAsync(TestTokens.Forge(alice.Id, _ => { }))).StatusCode);
    }

    [Fact]
    public async Task Without_a_token_every_route_answers_401()
    {
        using var client = user.Anonymous();

        foreach (var path in new[] { "/me", "/users?query=a", "/friends", "/friend-requests", "/blocks", "/settings" })
        {
            var response = await client.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.Equal("unauthenticated", await UserApi.CodeOfAsync(response));
        }
    }

    private async Task<HttpResponseMessage> ReadMeAsync(string token)
    {
        using var client = user.Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await client.GetAsync("/me", TestContext.Current.CancellationToken);
    }
}
