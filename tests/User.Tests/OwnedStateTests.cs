using System.Net;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.User.Tests;

/// <summary>What others compare their copies with.</summary>
public sealed class OwnedStateTests(UserApi user) : IClassFixture<UserApi>
{
    [Fact]
    public async Task Profiles_are_told_as_their_newest_event_tells_them()
    {
        var ann = await user.SignUpAsync(displayName: "Ann");
        using var changed = await ann.Client.PatchAsync("/me", new StringContent("""{"displayName":"Anna"}""", null, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        var published = await user.Published.NextAsync<ProfileUpdated>(profile => profile.UserId == ann.Id && profile.Version == 2);

        Assert.Equal(published, Assert.Single(await StateAsync<ProfileUpdated>("profiles"), profile => profile.UserId == ann.Id));
    }

    [Fact]
    public async Task Blocks_are_told_in_both_directions_with_the_version_of_now()
    {
        var (ann, bob) = (await user.SignUpAsync(), await user.SignUpAsync());
        await UserApi.BlockAsync(ann, bob);
        await UserApi.BlockAsync(bob, ann);
        await UserApi.UnblockAsync(bob, ann);

        var told = (await StateAsync<BlockChanged>("blocks")).Where(block => block.Key == UserPair.Key(ann.Id, bob.Id)).ToList();

        Assert.Equal(2, told.Count);
        Assert.Equal((true, 3L), (told.Single(block => block.BlockerId == ann.Id).Blocked, told.Single(block => block.BlockerId == ann.Id).Version));
        Assert.Equal((false, 3L), (told.Single(block => block.BlockerId == bob.Id).Blocked, told.Single(block => block.BlockerId == bob.Id).Version));
    }

    private async Task<IReadOnlyList<T>> StateAsync<T>(string name)
        where T : IEvent
    {
        var (code, output) = await user.CommandAsync(["state", name]);
        Assert.Equal(0, code);
        var lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal($"end {lines.Length - 1}", lines[^1]);
        return [.. lines[..^1].Select(line => (T)JsonSerializer.Deserialize(line[(T.Type.Length + 1)..], typeof(T), EventJson.Default)!)];
    }
}
