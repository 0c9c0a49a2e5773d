using System.Diagnostics;
using System.Net;

namespace ChatApp.Auth.Tests.Accounts;

public sealed class LogInTests(AuthApi auth) : IClassFixture<AuthApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_right_password_opens_a_session_of_its_own()
    {
        var person = await auth.RegisterAsync();

        var response = await auth.LogInAsync(person.Email.ToUpperInvariant(), person.Password);

        var signedIn = await AuthApi.ReadAsync<SignedIn>(response);
        Assert.Equal((person.Id, person.Username), (signedIn.UserId, signedIn.Username));
        Assert.NotEqual(person.SignedIn.SessionId, signedIn.SessionId);
    }

    [Fact]
    public async Task An_unknown_address_and_a_wrong_password_get_the_same_answer()
    {
        var person = await auth.RegisterAsync();

        var unknown = await auth.LogInAsync("nobody@example.org", person.Password);
        var wrong = await auth.LogInAsync(person.Email, "not the password");

        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.Equal(wrong.StatusCode, unknown.StatusCode);
        Assert.Equal(WithoutTrace(await wrong.Content.ReadAsStringAsync(Cancel)), WithoutTrace(await unknown.Content.ReadAsStringAsync(Cancel)));

        static string WithoutTrace(string problem) => System.Text.RegularExpressions.Regex.Replace(problem, "\"traceId\":\"[^\"]*\"", "");
    }

    [Fact]
    public async Task An_unknown_address_takes_as_long_as_a_wrong_password()
    {
        var person = await auth.RegisterAsync();

        // The fastest of many, by turns: what else the machine does only ever adds, and to both.
        var (unknown, wrong) = (double.MaxValue, double.MaxValue);
        for (var i = 0; i < 15; i++)
        {
            unknown = Math.Min(unknown, await TimeAsync("nobody@example.org"));
            wrong = Math.Min(wrong, await TimeAsync(person.Email));
        }

        Assert.InRange(unknown / wrong, 0.5, 2);

        async Task<double> TimeAsync(string email)
        {
            var started = Stopwatch.GetTimestamp();
            await auth.LogInAsync(email, "not the password");
            return Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }
    }

    [Fact]
    public async Task Passwords_are_stored_as_argon2id_with_a_salt_each()
    {
        var (first, second) = (await auth.RegisterAsync(), await auth.RegisterAsync());

        var hashes = new[] { await HashOfAsync(first), await HashOfAsync(second) };

        Assert.All(hashes, hash => Assert.StartsWith("$argon2id$v=19$m=19456,t=2,p=1$", hash, StringComparison.Ordinal));
        Assert.NotEqual(hashes[0], hashes[1]);
    }

    [Fact]
    public async Task A_disabled_account_is_told_only_to_who_knows_the_password()
    {
        var person = await auth.RegisterAsync();
        await auth.ScalarAsync<int>($"UPDATE auth.users SET status = 'disabled' WHERE id = '{person.Id}' RETURNING 1");

        var right = await auth.LogInAsync(person.Email, person.Password);
        var wrong = await auth.LogInAsync(person.Email, "not the password");
        var refreshed = await auth.RefreshAsync(person.SignedIn.RefreshToken);

        Assert.Equal("account_disabled", await AuthApi.CodeOfAsync(right));
        Assert.Equal("invalid_credentials", await AuthApi.CodeOfAsync(wrong));
        Assert.Equal(HttpStatusCode.Unauthorized, refreshed.StatusCode);
    }

    [Fact]
    public async Task A_log_in_hashes_the_password_again_when_the_parameters_have_changed()
    {
        var person = await auth.RegisterAsync();
        await using var stronger = AuthApi.With(auth.Database!, ("Passwords:Passes", "3"));
        await stronger.InitializeAsync();

        var first = await stronger.LogInAsync(person.Email, person.Password);
        var hash = await HashOfAsync(person);
        var second = await stronger.LogInAsync(person.Email, person.Password);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, second.StatusCode));
        Assert.StartsWith("$argon2id$v=19$m=19456,t=3,p=1$", hash, StringComparison.Ordinal);
        Assert.Equal(hash, await HashOfAsync(person));
    }

    [Fact]
    public async Task When_too_many_wait_the_next_one_is_told_to_come_back()
    {
        await using var busy = AuthApi.With(auth.Database!, ("Passwords:Concurrency", "1"), ("Passwords:Queue", "1"));
        await busy.InitializeAsync();

        var responses = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => busy.LogInAsync("nobody@example.org", "not the password")));

        var turnedAway = responses.Where(response => response.StatusCode == HttpStatusCode.ServiceUnavailable).ToList();
        Assert.NotEmpty(turnedAway);
        Assert.All(turnedAway, response => Assert.NotNull(response.Headers.RetryAfter));
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.Unauthorized);
    }

    private Task<string> HashOfAsync(Person person) =>
        auth.ScalarAsync<string>($"SELECT password_hash FROM auth.users WHERE id = '{person.Id}'");
}
