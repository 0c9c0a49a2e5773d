using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.User.Tests.Profiles;

public sealed class ProfileTests(UserApi user) : IClassFixture<UserApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private sealed record Profile(
        Guid Id, string Username, string DisplayName, string? AvatarUrl, string? Bio, string Visibility, long Version, DateTimeOffset UpdatedAt);

    [Fact]
    public async Task A_new_user_has_a_profile_of_version_1_and_it_is_told()
    {
        var alice = await user.SignUpAsync(displayName: "Alice A.");

        var mine = await MineAsync(alice);

        Assert.Equal((alice.Id, alice.Username, "Alice A.", "public", 1), (mine.Id, mine.Username, mine.DisplayName, mine.Visibility, mine.Version));
        var told = await user.Published.NextAsync<ProfileUpdated>(e => e.UserId == alice.Id);
        Assert.Equal((alice.Username, "Alice A.", 1), (told.Username, told.DisplayName, told.Version));
    }

    [Fact]
    public async Task News_of_a_user_that_come_again_change_nothing()
    {
        var (id, eventId) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var registered = new UserRegistered(id, UserApi.Unique("bob"), "Bob", DateTimeOffset.UnixEpoch);
        var bob = new Person(id, registered.Username, user.ClientFor(id));

        await user.DeliverAsync(registered, eventId);
        await ChangeAsync(bob, new { displayName = "Robert" });
        var again = await user.DeliverAsync(registered, eventId);
        // The same fact under another id: published twice, not delivered twice.
        var twice = await user.DeliverAsync(registered);

        Assert.Equal(("SUCCESS", "SUCCESS"), (again, twice));
        Assert.Equal(("Robert", 2), ((await MineAsync(bob)).DisplayName, (await MineAsync(bob)).Version));
        await user.Published.NextAsync<ProfileUpdated>(e => e.UserId == id && e.Version == 2);
        Assert.Single(user.Published.Of<ProfileUpdated>(), e => e.UserId == id && e.Version == 1);
    }

    [Fact]
    public async Task Before_the_news_arrive_there_is_no_profile_yet()
    {
        var response = await user.ClientFor(Guid.CreateVersion7()).GetAsync("/me", Cancel);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("profile_not_found", await UserApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task A_change_is_a_new_version_and_leaves_the_rest()
    {
        var alice = await user.SignUpAsync();

        await ChangeAsync(alice, new { bio = "Likes\nlong walks.", avatarUrl = "https://example.org/a.png" });
        var changed = await ChangeAsync(alice, new { displayName = "Älice", visibility = "private" });

        Assert.Equal(
            ("Älice", "https://example.org/a.png", "Likes\nlong walks.", "private", 3),
            (changed.DisplayName, changed.AvatarUrl, changed.Bio, changed.Visibility, changed.Version));
        Assert.Equal(changed, await MineAsync(alice));
        var told = await user.Published.NextAsync<ProfileUpdated>(e => e.UserId == alice.Id && e.Version == 3);
        Assert.Equal(("Älice", "https://example.org/a.png"), (told.DisplayName, told.AvatarUrl));
    }

    [Fact]
    public async Task An_empty_text_takes_picture_and_bio_away()
    {
        var alice = await user.SignUpAsync();
        await ChangeAsync(alice, new { bio = "Hello", avatarUrl = "https://example.org/a.png" });

        var changed = await ChangeAsync(alice, new { bio = "", avatarUrl = "" });

        Assert.Equal((null, null), (changed.Bio, changed.AvatarUrl));
    }

    [Fact]
    public async Task A_change_to_what_is_already_so_is_no_new_version()
    {
        var alice = await user.SignUpAsync(displayName: "Alice");

        Assert.Equal(1, (await ChangeAsync(alice, new { displayName = "Alice" })).Version);
        Assert.Equal(1, (await ChangeAsync(alice, new { })).Version);
    }

    [Theory]
    [InlineData("displayName", """{"displayName":""}""")]
    [InlineData("displayName", """{"displayName":" Alice"}""")]
    [InlineData("avatarUrl", """{"avatarUrl":"http://example.org/a.png"}""")]
    [InlineData("avatarUrl", """{"avatarUrl":"javascript:alert(1)"}""")]
    [InlineData("visibility", """{"visibility":"secret"}""")]
    public async Task A_field_that_will_not_do_is_named(string field, string body)
    {
        var alice = await user.SignUpAsync();

        var response = await alice.Client.PatchAsync("/me", new StringContent(body, null, "application/json"), Cancel);

        Assert.Equal([field], await UserApi.BadFieldsAsync(response));
    }

    [Fact]
    public async Task Others_see_what_is_public_and_what_they_are_to_me()
    {
        var (alice, bob) = (await user.SignUpAsync(), await user.SignUpAsync());
        await ChangeAsync(bob, new { bio = "Plays chess." });

        var before = await SeenAsync(alice, bob);
        await UserApi.RequestAsync(alice, bob);
        var (asked, beingAsked) = (await SeenAsync(alice, bob), await SeenAsync(bob, alice));
        await UserApi.AcceptAsync(bob, alice);
        var friends = await SeenAsync(alice, bob);

        Assert.Equal(["avatarUrl", "bio", "blocked", "displayName", "friendship", "id", "username"], before.EnumerateObject().Select(field => field.Name).Order());
        Assert.Equal("Plays chess.", before.GetProperty("bio").GetString());
        Assert.Equal(
            ["none", "request_sent", "request_received", "friends"],
            new[] { before, asked, beingAsked, friends }.Select(person => person.GetProperty("friendship").GetString()));
    }

    [Fact]
    public async Task The_bio_of_a_private_profile_is_for_friends()
    {
        var (alice, bob, eve) = (await user.SignUpAsync(), await user.SignUpAsync(), await user.SignUpAsync());
        await ChangeAsync(bob, new { bio = "Plays chess.", visibility = "private" });
        await UserApi.BefriendAsync(alice, bob);

        Assert.Equal("Plays chess.", (await SeenAsync(alice, bob)).GetProperty("bio").GetString());
        Assert.Equal(JsonValueKind.Null, (await SeenAsync(eve, bob)).GetProperty("bio").ValueKind);
    }

    [Fact]
    public async Task Who_blocked_me_is_not_found_as_if_there_were_nobody()
    {
        var (alice, bob) = (await user.SignUpAsync(), await user.SignUpAsync());
        await UserApi.BlockAsync(alice, bob);

        var blocked = await bob.Client.GetAsync($"/users/{alice.Id}", Cancel);
        var unknown = await bob.Client.GetAsync($"/users/{Guid.NewGuid()}", Cancel);

        Assert.Equal((HttpStatusCode.NotFound, HttpStatusCode.NotFound), (blocked.StatusCode, unknown.StatusCode));
        Assert.Equal(await UserApi.CodeOfAsync(unknown), await UserApi.CodeOfAsync(blocked));
        Assert.True((await SeenAsync(alice, bob)).GetProperty("blocked").GetBoolean());
    }

    private static async Task<Profile> MineAsync(Person person) => (await person.Client.GetFromJsonAsync<Profile>("/me", Cancel))!;

    private static async Task<Profile> ChangeAsync(Person person, object change)
    {
        var response = await person.Client.PatchAsJsonAsync("/me", change, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await UserApi.ReadAsync<Profile>(response);
    }

    private static Task<JsonElement> SeenAsync(Person by, Person whom) => by.Client.GetFromJsonAsync<JsonElement>($"/users/{whom.Id}", Cancel);
}
