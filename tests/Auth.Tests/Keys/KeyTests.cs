using System.Text.Json;
using ChatApp.Testing;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ChatApp.Auth.Tests.Keys;

public sealed class KeyTests : IAsyncLifetime
{
    private PostgresDatabase _database = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _database = await PostgresDatabase.CreateAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact]
    public async Task Access_tokens_can_be_checked_with_the_published_keys()
    {
        await using var auth = await StartAsync();
        var person = await auth.RegisterAsync();

        var token = new JsonWebToken(person.SignedIn.AccessToken);
        var result = await CheckAsync(person.SignedIn.AccessToken, await KeySetAsync(auth));

        Assert.True(result.IsValid, result.Exception?.Message);
        Assert.Equal(["alg", "kid", "typ"], HeaderNames(token));
        Assert.Equal(["aud", "exp", "iat", "iss", "jti", "sid", "sub"], token.Claims.Select(claim => claim.Type).Order());
        Assert.Equal((person.Id.ToString(), person.SignedIn.SessionId.ToString()), (token.Subject, token.GetClaim("sid").Value));
        Assert.Equal(TimeSpan.FromMinutes(10), token.ValidTo - token.IssuedAt);
    }

    [Fact]
    public async Task The_key_set_has_no_private_part_and_may_be_kept_for_a_while()
    {
        await using var auth = await StartAsync();

        var response = await auth.Client.GetAsync("/.well-known/jwks.json", Cancel);

        Assert.True(response.Headers.CacheControl is { Public: true, MaxAge.TotalSeconds: > 0 });
        var key = Assert.Single((await AuthApi.ReadAsync<JsonElement>(response)).GetProperty("keys").EnumerateArray());
        Assert.Equal(["alg", "crv", "kid", "kty", "use", "x", "y"], key.EnumerateObject().Select(property => property.Name).Order());
        Assert.Equal(("EC", "P-256", "ES256"), (key.GetProperty("kty").GetString(), key.GetProperty("crv").GetString(), key.GetProperty("alg").GetString()));
    }

    [Fact]
    public async Task Replicas_that_start_together_sign_with_one_key()
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync()));
        try
        {
            var people = await Task.WhenAll(replicas.Select(replica => replica.RegisterAsync()));

            Assert.Single(people.Select(person => new JsonWebToken(person.SignedIn.AccessToken).Kid).Distinct());
            Assert.Equal(1, await replicas[0].ScalarAsync<long>("SELECT count(*) FROM auth.signing_keys"));
        }
        finally
        {
            foreach (var replica in replicas)
                await replica.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_restart_signs_with_the_same_key()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();

        var person = await first.RegisterAsync();

        Assert.True((await CheckAsync(person.SignedIn.AccessToken, await KeySetAsync(second))).IsValid);
    }

    [Fact]
    public async Task A_key_is_announced_before_it_signs_and_published_after_it_signed()
    {
        await using var first = await StartAsync();
        var before = KidOf(await first.RegisterAsync());

        await using var announcing = await StartAsync(TimeSpan.FromDays(29.5));
        var announced = await KidsAsync(announcing);
        var during = KidOf(await announcing.RegisterAsync());

        await using var rotated = await StartAsync(TimeSpan.FromDays(30) + TimeSpan.FromMinutes(5));
        var after = KidOf(await rotated.RegisterAsync());
        var published = await KidsAsync(rotated);

        await using var later = await StartAsync(TimeSpan.FromDays(31));

        Assert.Equal(before, during);
        Assert.Equal(2, announced.Count);
        Assert.Equal(announced.Single(kid => kid != before), after);
        Assert.Contains(before, published);
        Assert.DoesNotContain(before, await KidsAsync(later));
    }

    [Fact]
    public async Task Private_keys_are_stored_encrypted()
    {
        await using var auth = await StartAsync();

        var stored = await auth.ScalarAsync<string>("SELECT private_key FROM auth.signing_keys");

        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_passphrase_stops_the_start_and_says_what_to_do()
    {
        await using var first = await StartAsync();
        await using var other = AuthApi.With(_database, ("Keys:Passphrase", "another"));

        await Assert.ThrowsAnyAsync<Exception>(async () => await other.InitializeAsync());

        Assert.Contains(other.Log.Lines, line => line.StartsWith("Critical: ", StringComparison.Ordinal) && line.Contains("Keys__Passphrase", StringComparison.Ordinal));
    }

    private async Task<AuthApi> StartAsync(TimeSpan ahead = default)
    {
        var auth = AuthApi.With(_database);
        auth.Clock.Advance(ahead);
        await auth.InitializeAsync();
        return auth;
    }

    private static async Task<string> KeySetAsync(AuthApi auth) => await auth.Client.GetStringAsync("/.well-known/jwks.json", Cancel);

    private static async Task<IReadOnlyList<string>> KidsAsync(AuthApi auth) =>
        [.. new JsonWebKeySet(await KeySetAsync(auth)).Keys.Select(key => key.Kid)];

    private static string KidOf(Person person) => new JsonWebToken(person.SignedIn.AccessToken).Kid;

    private static IEnumerable<string> HeaderNames(JsonWebToken token) =>
        JsonDocument.Parse(Base64UrlEncoder.Decode(token.EncodedHeader)).RootElement.EnumerateObject().Select(property => property.Name).Order();

    private static Task<TokenValidationResult> CheckAsync(string token, string keySet) => new JsonWebTokenHandler().ValidateTokenAsync(
        token,
        new TokenValidationParameters
        {
            ValidIssuer = "chatapp",
            ValidAudience = "chatapp",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = ["ES256"],
            IssuerSigningKeys = new JsonWebKeySet(keySet).GetSigningKeys(),
        });
}
