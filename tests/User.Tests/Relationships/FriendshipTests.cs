using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.User.Tests.Relationships;

public sealed class FriendshipTests(UserApi user) : IClassFixture<UserApi>, IAsyncLifetime
{
    private Person _alice = null!, _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (_alice, _bob) = (await user.SignUpAsync(), await user.SignUpAsync());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_request_waits_for_its_addressee_and_is_told()
    {
        var response = await UserApi.RequestAsync(_alice, _bob);

        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        Assert.Equal("request_sent", (await UserApi.ReadAsync<JsonElement>(response)).GetProperty("friendship").GetString());
        Assert.Equal((_bob.Id, "outgoing"), await OnlyRequestAsync(_alice));
        Assert.Equal((_alice.Id, "incoming"), await OnlyRequestAsync(_bob));
        var told = await user.Published.NextAsync<FriendRequested>(e => e.RequesterId == _alice.Id);
        Assert.Equal((_bob.Id, 1), (told.AddresseeId, told.Version));
    }

    [Fact]
    public async Task An_accepted_request_makes_friends_on_both_sides()
    {
        await UserApi.RequestAsync(_alice, _bob);

        var response = await UserApi.AcceptAsync(_bob, _alice);

        Assert.Equal("friends", (await UserApi.ReadAsync<JsonElement>(response)).GetProperty("friendship").GetString());
        Assert.Equal(_bob.Id, Assert.Single((await UserApi.ListAsync(_alice, "/friends")).Items).Id);
        Assert.Equal(_alice.Id, Assert.Single((await UserApi.ListAsync(_bob, "/friends")).Items).Id);
        Assert.Empty((await UserApi.ListAsync(_bob, "/friend-requests")).Items);
        var told = await user.Published.NextAsync<FriendAccepted>(e => e.RequesterId == _alice.Id);
        Assert.Equal((_bob.Id, 2), (told.AddresseeId, told.Version));
    }

    [Fact]
    public async Task Requests_that_cross_merge_into_a_friendship()
    {
        await UserApi.RequestAsync(_alice, _bob);

        var response = await UserApi.RequestAsync(_bob, _alice);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("friends", (await UserApi.ReadAsync<JsonElement>(response)).GetProperty("friendship").GetString());
        var told = await user.Published.NextAsync<FriendAccepted>(e => e.RequesterId == _alice.Id);
        Assert.Equal(_bob.Id, told.AddresseeId);
    }

    [Fact]
    public async Task Requests_that_race_merge_into_one_friendship()
    {
        for (var round = 0; round < 5; round++)
        {
            var (carol, dave) = (await user.SignUpAsync(), await user.SignUpAsync());

            await Task.WhenAll(
                UserApi.RequestAsync(carol, dave), UserApi.RequestAsync(dave, carol), UserApi.RequestAsync(carol, dave), UserApi.RequestAsync(dave, carol));

            Assert.Equal(dave.Id, Assert.Single((await UserApi.ListAsync(carol, "/friends")).Items).Id);
            await user.Published.NextAsync<FriendAccepted>(e => IsOf(carol, e.RequesterId, e.AddresseeId));
            Assert.Single(user.Published.Of<FriendRequested>(), e => IsOf(carol, e.RequesterId, e.AddresseeId));
            Assert.Single(user.Published.Of<FriendAccepted>(), e => IsOf(carol, e.RequesterId, e.AddresseeId));
        }
    }

    [Fact]
    public async Task Asking_again_changes_nothing()
    {
        await UserApi.RequestAsync(_alice, _bob);

        var again = await UserApi.RequestAsync(_alice, _bob);
        await UserApi.AcceptAsync(_bob, _alice);
        var friends = await UserApi.RequestAsync(_alice, _bob);

        Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        Assert.Equal("already_friends", await UserApi.CodeOfAsync(friends));
        await user.Published.NextAsync<FriendAccepted>(e => e.RequesterId == _alice.Id);
        Assert.Single(user.Published.Of<FriendRequested>(), e => e.RequesterId == _alice.Id);
    }

    [Fact]
    public async Task Only_the_addressee_may_accept_or_decline()
    {
        await UserApi.RequestAsync(_alice, _bob);

        var accepted = await UserApi.AcceptAsync(_alice, _bob);
        var declined = await _alice.Client.PostAsync($"/friend-requests/{_bob.Id}/decline", null, Cancel);
        var cancelled = await _bob.Client.DeleteAsync($"/friend-requests/{_alice.Id}", Cancel);

        Assert.All([accepted, declined, cancelled], response => Assert.Equal(HttpStatusCode.NotFound, response.StatusCode));
        Assert.Equal("friend_request_not_found", await UserApi.CodeOfAsync(accepted));
    }

    [Fact]
    public async Task A_declined_request_is_gone_and_may_be_made_again()
    {
        await UserApi.RequestAsync(_alice, _bob);

        var declined = await _bob.Client.PostAsync($"/friend-requests/{_alice.Id}/decline", null, Cancel);
        var again = await _bob.Client.PostAsync($"/friend-requests/{_alice.Id}/decline", null, Cancel);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (declined.StatusCode, again.StatusCode));
        Assert.Empty((await UserApi.ListAsync(_alice, "/friend-requests")).Items);
        Assert.Equal(HttpStatusCode.NotFound, (await UserApi.AcceptAsync(_bob, _alice)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await UserApi.RequestAsync(_alice, _bob)).StatusCode);
        Assert.Equal(3, (await user.Published.NextAsync<FriendRequested>(e => e.RequesterId == _alice.Id && e.Version > 1)).Version);
    }

    [Fact]
    public async Task A_request_can_be_taken_back()
    {
        await UserApi.RequestAsync(_alice, _bob);

        Assert.Equal(HttpStatusCode.NoContent, (await _alice.Client.DeleteAsync($"/friend-requests/{_bob.Id}", Cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NoContent, (await _alice.Client.DeleteAsync($"/friend-requests/{_bob.Id}", Cancel)).StatusCode);
        Assert.Empty((await UserApi.ListAsync(_bob, "/friend-requests")).Items);
        Assert.Equal(HttpStatusCode.NotFound, (await UserApi.AcceptAsync(_bob, _alice)).StatusCode);
    }

    [Fact]
    public async Task A_friendship_can_be_ended_and_begun_again()
    {
        await UserApi.BefriendAsync(_alice, _bob);

        var removed = await _bob.Client.DeleteAsync($"/friends/{_alice.Id}", Cancel);
        var again = await _bob.Client.DeleteAsync($"/friends/{_alice.Id}", Cancel);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (removed.StatusCode, again.StatusCode));
        Assert.Empty((await UserApi.ListAsync(_alice, "/friends")).Items);
        var told = await user.Published.NextAsync<FriendRemoved>(e => e.UserId == _bob.Id);
        Assert.Equal((_alice.Id, 3), (told.OtherId, told.Version));
        await UserApi.BefriendAsync(_alice, _bob);
        Assert.Single((await UserApi.ListAsync(_alice, "/friends")).Items);
    }

    [Fact]
    public async Task Who_was_never_a_friend_can_not_be_removed()
    {
        var response = await _alice.Client.DeleteAsync($"/friends/{_bob.Id}", Cancel);

        Assert.Equal("friend_not_found", await UserApi.CodeOfAsync(response));
    }

    [Fact]
    public async Task A_request_needs_somebody_else_who_exists()
    {
        var nobody = await _alice.Client.PostAsJsonAsync("/friend-requests", new { userId = Guid.NewGuid() }, Cancel);
        var nothing = await _alice.Client.PostAsJsonAsync("/friend-requests", new { }, Cancel);

        Assert.Equal("user_not_found", await UserApi.CodeOfAsync(nobody));
        Assert.Equal(["userId"], await UserApi.BadFieldsAsync(nothing));
        Assert.Equal(["userId"], await UserApi.BadFieldsAsync(await UserApi.RequestAsync(_alice, _alice)));
    }

    [Fact]
    public async Task Friends_are_listed_in_parts_the_newest_first()
    {
        List<Guid> friends = [];
        for (var i = 0; i < 5; i++)
        {
            var friend = await user.SignUpAsync();
            await (i % 2 == 0 ? UserApi.BefriendAsync(_alice, friend) : UserApi.BefriendAsync(friend, _alice));
            friends.Insert(0, friend.Id);
        }

        var first = await UserApi.ListAsync(_alice, "/friends?limit=3");
        var second = await UserApi.ListAsync(_alice, $"/friends?limit=3&after={first.Next}");

        Assert.Equal(friends, first.Items.Concat(second.Items).Select(friend => friend.Id));
        Assert.Null(second.Next);
        Assert.Equal(["after"], await UserApi.BadFieldsAsync(await _alice.Client.GetAsync("/friends?after=nonsense", Cancel)));
    }

    private static bool IsOf(Person person, Guid a, Guid b) => a == person.Id || b == person.Id;

    private static async Task<(Guid, string?)> OnlyRequestAsync(Person person)
    {
        var request = Assert.Single((await UserApi.ListAsync(person, "/friend-requests")).Items);
        return (request.Id, request.Direction);
    }
}
