using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Auth.Tests.Accounts;

public sealed class RegisterTests(AuthApi auth) : IClassFixture<AuthApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Signing_up_answers_with_a_session()
    {
        var name = AuthApi.Unique("alice");

        var response = await RegisterAsync($"{name}@example.org", name);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var signedIn = await AuthApi.ReadAsync<SignedIn>(response);
        Assert.Equal($"/users/{signedIn.UserId}", response.Headers.Location?.ToString());
        Assert.Equal((name, "Bearer", 600), (signedIn.Username, signedIn.TokenType, signedIn.ExpiresIn));
        Assert.Equal(HttpStatusCode.OK, (await auth.RefreshAsync(signedIn.RefreshToken)).StatusCode);
    }

    [Fact]
    public async Task Signing_up_is_announced_with_the_chosen_name()
    {
        var name = AuthApi.Unique("Bea.K");

        var response = await RegisterAsync($"{name}@example.org", name, displayName: "Bea Koch");

        var signedIn = await AuthApi.ReadAsync<SignedIn>(response);
        var announced = await auth.Published.NextAsync<UserRegistered>(e => e.UserId == signedIn.UserId);
        Assert.Equal((name, "Bea Koch"), (announced.Username, announced.DisplayName));
    }

    [Fact]
    public async Task Signing_up_works_while_the_broker_is_down_and_is_announced_when_it_is_back()
    {
        auth.Sidecar.RefusesEvents = true;
        var person = await auth.RegisterAsync();
        Assert.DoesNotContain(auth.Published.Of<UserRegistered>(), e => e.UserId == person.Id);

        auth.Sidecar.RefusesEvents = false;

        await auth.Published.NextAsync<UserRegistered>(e => e.UserId == person.Id);
    }

    [Fact]
    public async Task Without_a_display_name_the_user_name_is_announced()
    {
        var person = await auth.RegisterAsync();

        var announced = await auth.Published.NextAsync<UserRegistered>(e => e.UserId == person.Id);

        Assert.Equal(person.Username, announced.DisplayName);
    }

    [Fact]
    public async Task An_address_has_one_account_whatever_its_case()
    {
        var person = await auth.RegisterAsync();

        var response = await RegisterAsync(person.Email.ToUpperInvariant(), AuthApi.Unique("other"));

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("email_taken", await AuthApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task A_user_name_has_one_account_whatever_its_case()
    {
        var person = await auth.RegisterAsync();

        var response = await RegisterAsync($"{AuthApi.Unique("other")}@example.org", person.Username.ToUpperInvariant());

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
        Assert.Equal("username_taken", await AuthApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task Of_many_who_take_one_name_at_once_one_gets_it()
    {
        var name = AuthApi.Unique("race");

        var responses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => RegisterAsync($"{i}.{name}@example.org", name)));

        Assert.Single(responses, response => response.StatusCode == HttpStatusCode.Created);
        Assert.All(
            responses.Where(response => response.StatusCode != HttpStatusCode.Created),
            response => Assert.Equal(HttpStatusCode.Conflict, response.StatusCode));
        await auth.Published.NextAsync<UserRegistered>(registered => registered.Username == name);
        Assert.Single(auth.Published.Of<UserRegistered>(), e => e.Username == name);
    }

    [Theory]
    [InlineData("email", "nobody", "newcomer", "long enough a password")]
    [InlineData("email", "no body@example.org", "newcomer", "long enough a password")]
    [InlineData("email", "nobody@localhost", "newcomer", "long enough a password")]
    [InlineData("username", "newcomer@example.org", "ab", "long enough a password")]
    [InlineData("username", "newcomer@example.org", "new comer", "long enough a password")]
    [InlineData("password", "newcomer@example.org", "newcomer", "short12")]
    [InlineData("password", "newcomer@example.org", "newcomer", "Password123")]
    [InlineData("password", "newcomer@example.org", "newcomer", "Newcomer@example.org")]
    public async Task A_field_that_will_not_do_is_named(string field, string email, string username, string password)
    {
        var response = await RegisterAsync(email, username, password);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await AuthApi.ReadAsync<JsonElement>(response);
        Assert.Equal("invalid_request", problem.GetProperty("code").GetString());
        Assert.Equal(field, Assert.Single(problem.GetProperty("errors").EnumerateObject()).Name);
    }

    [Fact]
    public async Task A_body_without_the_fields_is_refused()
    {
        var response = await auth.Client.PostAsJsonAsync("/auth/register", new { }, Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_request", await AuthApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task A_password_of_128_characters_of_any_kind_will_do()
    {
        var name = AuthApi.Unique("long");
        var password = string.Concat(Enumerable.Repeat("pä ß", 32));

        var registered = await RegisterAsync($"{name}@example.org", name, password);

        Assert.Equal(HttpStatusCode.Created, registered.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await auth.LogInAsync($"{name}@example.org", password)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await auth.LogInAsync($"{name}@example.org", password[..127])).StatusCode);
    }

    private Task<HttpResponseMessage> RegisterAsync(string email, string username, string password = AuthApi.Password, string? displayName = null) =>
        auth.Client.PostAsJsonAsync("/auth/register", new { email, username, password, displayName }, Cancel);
}
