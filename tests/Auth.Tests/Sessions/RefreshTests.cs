using System.Net;
using System.Net.Http.Json;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Auth.Tests.Sessions;

/// <summary>Each test has its own service, because it puts the clock forward.</summary>
public sealed class RefreshTests : IAsyncLifetime
{
    private readonly AuthApi _auth = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _auth.InitializeAsync();

    public ValueTask DisposeAsync() => _auth.DisposeAsync();

    [Fact]
    public async Task A_refresh_goes_on_with_the_session_and_a_new_pair_of_tokens()
    {
        var person = await _auth.RegisterAsync();

        var refreshed = await RefreshedAsync(person.SignedIn.RefreshToken);

        Assert.Equal((person.Id, person.Username, person.SignedIn.SessionId), (refreshed.UserId, refreshed.Username, refreshed.SessionId));
        Assert.NotEqual(person.SignedIn.RefreshToken, refreshed.RefreshToken);
        Assert.NotEqual(person.SignedIn.AccessToken, refreshed.AccessToken);
    }

    [Fact]
    public async Task Who_lost_the_answer_gets_the_same_successor()
    {
        var person = await _auth.RegisterAsync();

        var first = await RefreshedAsync(person.SignedIn.RefreshToken);
        _auth.Clock.Advance(TimeSpan.FromSeconds(8));
        var second = await RefreshedAsync(person.SignedIn.RefreshToken);

        Assert.Equal(first.RefreshToken, second.RefreshToken);
        await RefreshedAsync(second.RefreshToken);
    }

    [Fact]
    public async Task Parallel_refreshes_of_one_token_give_one_successor()
    {
        var person = await _auth.RegisterAsync();

        var refreshed = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => RefreshedAsync(person.SignedIn.RefreshToken)));

        Assert.Single(refreshed.Select(signedIn => signedIn.RefreshToken).Distinct());
        Assert.Equal(2, await _auth.ScalarAsync<long>("SELECT count(*) FROM auth.refresh_tokens"));
    }

    [Fact]
    public async Task A_token_that_was_spent_before_ends_its_session_only()
    {
        var person = await _auth.RegisterAsync();
        var other = await AuthApi.ReadAsync<SignedIn>(await _auth.LogInAsync(person.Email, person.Password));
        var successor = await RefreshedAsync(person.SignedIn.RefreshToken);
        _auth.Clock.Advance(TimeSpan.FromSeconds(11));

        var reused = await _auth.RefreshAsync(person.SignedIn.RefreshToken);

        Assert.Equal("invalid_refresh_token", await AuthApi.CodeOfAsync(reused));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _auth.RefreshAsync(successor.RefreshToken)).StatusCode);
        var revoked = await _auth.Published.NextAsync<SessionRevoked>();
        Assert.Equal((person.Id, person.SignedIn.SessionId), (revoked.UserId, revoked.SessionId));
        await RefreshedAsync(other.RefreshToken);
    }

    [Fact]
    public async Task A_spent_token_whose_successor_is_spent_ends_the_session_at_once()
    {
        var person = await _auth.RegisterAsync();
        var second = await RefreshedAsync(person.SignedIn.RefreshToken);
        var third = await RefreshedAsync(second.RefreshToken);

        var reused = await _auth.RefreshAsync(person.SignedIn.RefreshToken);

        Assert.Equal(HttpStatusCode.Unauthorized, reused.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await _auth.RefreshAsync(third.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task A_session_that_is_not_used_for_30_days_has_ended()
    {
        var person = await _auth.RegisterAsync();

        _auth.Clock.Advance(TimeSpan.FromDays(30) + TimeSpan.FromSeconds(1));

        Assert.Equal(HttpStatusCode.Unauthorized, (await _auth.RefreshAsync(person.SignedIn.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task A_session_that_is_used_ends_after_180_days()
    {
        var token = (await _auth.RegisterAsync()).SignedIn.RefreshToken;

        for (var day = 25; day < 180; day += 25)
        {
            _auth.Clock.Advance(TimeSpan.FromDays(25));
            token = (await RefreshedAsync(token)).RefreshToken;
        }

        _auth.Clock.Advance(TimeSpan.FromDays(6));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _auth.RefreshAsync(token)).StatusCode);
    }

    [Theory]
    [InlineData("not-a-token")]
    [InlineData("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public async Task A_token_that_was_never_issued_is_refused(string token)
    {
        var response = await _auth.RefreshAsync(token);

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("invalid_refresh_token", await AuthApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task Tokens_are_stored_as_hashes_only()
    {
        var person = await _auth.RegisterAsync();
        var value = System.Buffers.Text.Base64Url.DecodeFromChars(person.SignedIn.RefreshToken);

        var stored = await _auth.ScalarAsync<byte[]>("SELECT token_hash FROM auth.refresh_tokens");

        Assert.Equal(System.Security.Cryptography.SHA256.HashData(value), stored);
    }

    [Fact]
    public async Task Logging_out_ends_the_session_and_says_so_once()
    {
        var person = await _auth.RegisterAsync();

        var first = await _auth.LogOutAsync(person.SignedIn.RefreshToken);
        var second = await _auth.LogOutAsync(person.SignedIn.RefreshToken);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (first.StatusCode, second.StatusCode));
        Assert.Equal(HttpStatusCode.Unauthorized, (await _auth.RefreshAsync(person.SignedIn.RefreshToken)).StatusCode);
        await _auth.Published.NextAsync<SessionRevoked>(e => e.SessionId == person.SignedIn.SessionId);
        var marker = await _auth.RegisterAsync();
        await _auth.Published.NextAsync<UserRegistered>(e => e.UserId == marker.Id);
        Assert.Single(_auth.Published.Of<SessionRevoked>());
    }

    [Fact]
    public async Task A_log_out_and_refreshes_at_once_leave_no_live_session()
    {
        var person = await _auth.RegisterAsync();

        await Task.WhenAll(
            KeepRefreshingAsync(person.SignedIn.RefreshToken),
            _auth.LogOutAsync(person.SignedIn.RefreshToken),
            KeepRefreshingAsync(person.SignedIn.RefreshToken));

        Assert.Equal(0, await _auth.ScalarAsync<long>("SELECT count(*) FROM auth.refresh_tokens WHERE revoked_at IS NULL"));
    }

    [Fact]
    public async Task A_log_out_with_an_unknown_token_answers_the_same()
    {
        Assert.Equal(HttpStatusCode.NoContent, (await _auth.LogOutAsync("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).StatusCode);
        var empty = await _auth.Client.PostAsJsonAsync("/auth/logout", new { refreshToken = "" }, Cancel);
        Assert.Equal(HttpStatusCode.BadRequest, empty.StatusCode);
    }

    [Fact]
    public async Task Expired_tokens_are_forgotten_and_live_ones_are_not()
    {
        await _auth.RegisterAsync();
        _auth.Clock.Advance(TimeSpan.FromDays(20));
        var live = await _auth.RegisterAsync();

        await using var replica = AuthApi.With(_auth.Database!);
        replica.Clock.Advance(TimeSpan.FromDays(31));
        await replica.InitializeAsync();

        await Wait.UntilAsync(
            async () => await _auth.ScalarAsync<long>("SELECT count(*) FROM auth.refresh_tokens") == 1, "the expired token is still there");
        await RefreshedAsync(live.SignedIn.RefreshToken);
    }

    private async Task KeepRefreshingAsync(string token)
    {
        while (await _auth.RefreshAsync(token) is { IsSuccessStatusCode: true } response)
            token = (await AuthApi.ReadAsync<SignedIn>(response)).RefreshToken;
    }

    private async Task<SignedIn> RefreshedAsync(string token)
    {
        var response = await _auth.RefreshAsync(token);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await AuthApi.ReadAsync<SignedIn>(response);
    }
}
