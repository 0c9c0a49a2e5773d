using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.User.Tests.Settings;

public sealed class SettingsTests(UserApi user) : IClassFixture<UserApi>, IAsyncLifetime
{
    private Person _alice = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record AllSettings(long Version, Dictionary<string, JsonElement> Settings);

    public async ValueTask InitializeAsync() => _alice = await user.SignUpAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task All_settings_have_a_default()
    {
        var settings = await ReadAsync();

        Assert.Equal(0, settings.Version);
        Assert.Equal(
            """{"discoverable":true,"lastSeenVisible":true,"locale":"en","readReceipts":true,"theme":"system","timeZone":"UTC","whoCanMessage":"everyone"}""",
            JsonSerializer.Serialize(settings.Settings));
    }

    [Fact]
    public async Task A_change_leaves_the_others_and_is_told()
    {
        await ChangeAsync("""{"theme":"dark","timeZone":"Europe/Berlin"}""");

        var changed = await ChangeAsync("""{"locale":"de-CH"}""");

        Assert.Equal((2, "dark", "de-CH"), (changed.Version, Text(changed, "theme"), Text(changed, "locale")));
        Assert.Equal(JsonSerializer.Serialize(changed), JsonSerializer.Serialize(await ReadAsync()));
        var told = await user.Published.NextAsync<SettingsUpdated>(e => e.UserId == _alice.Id && e.Version == 2);
        Assert.Equal(("de-CH", "Europe/Berlin"), (told.Locale, told.TimeZone));
    }

    [Fact]
    public async Task Null_goes_back_to_the_default()
    {
        await ChangeAsync("""{"theme":"dark","readReceipts":false}""");

        var changed = await ChangeAsync("""{"theme":null}""");

        Assert.Equal(("system", false), (Text(changed, "theme"), changed.Settings["readReceipts"].GetBoolean()));
    }

    [Fact]
    public async Task Replacing_takes_the_others_back_to_their_defaults()
    {
        await ChangeAsync("""{"theme":"dark","readReceipts":false}""");

        var response = await SendAsync(HttpMethod.Put, """{"theme":"light"}""");

        var replaced = await UserApi.ReadAsync<AllSettings>(response);
        Assert.Equal((2, "light", true), (replaced.Version, Text(replaced, "theme"), replaced.Settings["readReceipts"].GetBoolean()));
    }

    [Fact]
    public async Task A_change_to_what_is_already_so_is_no_new_version()
    {
        await ChangeAsync("""{"theme":"dark"}""");

        Assert.Equal(1, (await ChangeAsync("""{"theme":"dark"}""")).Version);
    }

    [Theory]
    [InlineData("volume", """{"volume":11}""")]
    [InlineData("theme", """{"theme":"pink"}""")]
    [InlineData("theme", """{"theme":1}""")]
    [InlineData("readReceipts", """{"readReceipts":"yes"}""")]
    [InlineData("timeZone", """{"timeZone":"Mars/Olympus"}""")]
    [InlineData("timeZone", """{"timeZone":"../../etc/passwd"}""")]
    [InlineData("locale", """{"locale":"deutsch"}""")]
    public async Task A_setting_that_will_not_do_is_named_and_nothing_is_changed(string field, string body)
    {
        foreach (var method in new[] { HttpMethod.Patch, HttpMethod.Put })
            Assert.Equal([field], await UserApi.BadFieldsAsync(await SendAsync(method, body)));

        Assert.Equal(0, (await ReadAsync()).Version);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("")]
    public async Task A_body_that_is_no_object_is_refused(string body)
    {
        var response = await SendAsync(HttpMethod.Patch, body);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Equal("invalid_request", await UserApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task A_change_that_is_based_on_an_old_version_is_refused()
    {
        var read = await _alice.Client.GetAsync("/settings", Cancel);
        var first = await SendAsync(HttpMethod.Patch, """{"theme":"dark"}""", read.Headers.ETag);

        var second = await SendAsync(HttpMethod.Patch, """{"theme":"light"}""", read.Headers.ETag);
        var third = await SendAsync(HttpMethod.Patch, """{"theme":"light"}""", first.Headers.ETag);

        Assert.Equal(HttpStatusCode.PreconditionFailed, second.StatusCode);
        Assert.Equal("version_mismatch", await UserApi.CodeOfAsync(second));
        Assert.Equal(HttpStatusCode.OK, third.StatusCode);
    }

    [Fact]
    public async Task Changes_of_different_settings_at_once_are_all_kept()
    {
        await Task.WhenAll(
            SendAsync(HttpMethod.Patch, """{"theme":"dark"}"""),
            SendAsync(HttpMethod.Patch, """{"readReceipts":false}"""),
            SendAsync(HttpMethod.Patch, """{"locale":"fr"}"""),
            SendAsync(HttpMethod.Patch, """{"discoverable":false}"""));

        var settings = await ReadAsync();

        Assert.Equal((4, "dark", "fr"), (settings.Version, Text(settings, "theme"), Text(settings, "locale")));
        Assert.False(settings.Settings["readReceipts"].GetBoolean() || settings.Settings["discoverable"].GetBoolean());
    }

    [Fact]
    public async Task Without_a_profile_there_is_nothing_to_change()
    {
        var response = await user.ClientFor(Guid.CreateVersion7()).PatchAsJsonAsync("/settings", new { theme = "dark" }, Cancel);

        Assert.Equal("profile_not_found", await UserApi.CodeOfAsync(response));
    }

    private async Task<AllSettings> ReadAsync() => (await _alice.Client.GetFromJsonAsync<AllSettings>("/settings", Cancel))!;

    private async Task<AllSettings> ChangeAsync(string body)
    {
        var response = await SendAsync(HttpMethod.Patch, body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await UserApi.ReadAsync<AllSettings>(response);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string body, EntityTagHeaderValue? ifMatch = null)
    {
        using var request = new HttpRequestMessage(method, "/settings") { Content = new StringContent(body, null, "application/json") };
        if (ifMatch is not null)
            request.Headers.IfMatch.Add(ifMatch);

        return await _alice.Client.SendAsync(request, Cancel);
    }

    private static string? Text(AllSettings settings, string name) => settings.Settings[name].GetString();
}
