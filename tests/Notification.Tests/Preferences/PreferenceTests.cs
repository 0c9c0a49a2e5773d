using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace ChatApp.Notification.Tests.Preferences;

public sealed class PreferenceTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private const string Path = "/notification-preferences";

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_never_said_so_gets_every_kind() =>
        Assert.Equal("""{"message":true,"friendRequest":true,"friendAccepted":true}""", await FindAsync(_alice));

    [Fact]
    public async Task What_is_said_stays_said_and_is_nobody_elses_affair()
    {
        using var saved = await notifications.PutAsync(_alice, Path, new { message = false, friendRequest = true, friendAccepted = false });
        using var again = await notifications.PutAsync(_alice, Path, new { message = false, friendRequest = false, friendAccepted = true });

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("""{"message":false,"friendRequest":false,"friendAccepted":true}""", await again.Content.ReadAsStringAsync(Cancel));
        Assert.Equal("""{"message":false,"friendRequest":false,"friendAccepted":true}""", await FindAsync(_alice));
        Assert.Equal("""{"message":true,"friendRequest":true,"friendAccepted":true}""", await FindAsync(_bob));
    }

    [Theory]
    [InlineData("""{"message":true,"friendRequest":true}""", "friendAccepted")]
    [InlineData("""{"message":null,"friendRequest":true,"friendAccepted":true}""", "message")]
    [InlineData("""{"message":"loud","friendRequest":true,"friendAccepted":true}""", "message")]
    public async Task A_kind_that_is_missing_or_not_a_truth_value_is_named(string body, string field)
    {
        using var client = notifications.ClientFor(_alice);
        using var response = await client.PutAsync(Path, new StringContent(body, null, "application/json"), Cancel);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        Assert.Equal("invalid_request", problem.GetProperty("code").GetString());
        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(error => error.Name));
    }

    private async Task<string> FindAsync(Guid userId)
    {
        using var client = notifications.ClientFor(userId);
        return await client.GetStringAsync(Path, Cancel);
    }
}
