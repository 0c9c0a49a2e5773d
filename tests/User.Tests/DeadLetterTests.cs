using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.User.Tests;

/// <summary>The service's own dead letters, from the sidecar's delivery to the replay.</summary>
public sealed class DeadLetterTests(UserApi user) : IClassFixture<UserApi>
{
    [Fact]
    public async Task A_registration_that_died_makes_its_profile_when_it_is_replayed_and_makes_it_once()
    {
        var registered = new UserRegistered(Guid.CreateVersion7(), UserApi.Unique("lost"), "Lost", DateTimeOffset.UnixEpoch);
        var envelope = JsonSerializer.SerializeToUtf8Bytes(new
        {
            specversion = "1.0",
            id = Guid.CreateVersion7(),
            topic = UserRegistered.Topic,
            type = UserRegistered.Type,
            data = JsonSerializer.SerializeToElement(registered, EventJson.Default.UserRegistered),
        });
        using var client = user.Anonymous();
        using var kept = await client.PostAsync(
            "/events/user.deadletters", new StringContent($$"""{"data_base64":"{{Convert.ToBase64String(envelope)}}"}""", null, "application/cloudevents+json"), TestContext.Current.CancellationToken);
        Assert.Equal("", await kept.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        var listed = JsonNode.Parse((await user.CommandAsync(["deadletters", "list", "--json"])).Output)!;
        var id = listed["letters"]![0]!["letter"]!["id"]!.GetValue<string>();
        Assert.Equal(0, (await user.CommandAsync(["deadletters", "replay", "--id", id])).Code);
        Assert.Equal(0, (await user.CommandAsync(["deadletters", "replay", "--id", id])).Code);

        Assert.Equal(1, (await user.Published.NextAsync<ProfileUpdated>(profile => profile.UserId == registered.UserId)).Version);
        await Wait.UntilAsync(async () => (await user.QueryAsync("SELECT count(*) FROM users.outbox_events"))[0] == "0", "the outbox is not empty");
        Assert.Single(user.Published.Of<ProfileUpdated>(), profile => profile.UserId == registered.UserId);
    }
}
