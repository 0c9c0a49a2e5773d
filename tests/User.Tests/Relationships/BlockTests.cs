using System.Net;
using ChatApp.Contracts;
using Npgsql;

namespace ChatApp.User.Tests.Relationships;

public sealed class BlockTests(UserApi user) : IClassFixture<UserApi>, IAsyncLifetime
{
    private Person _alice = null!, _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (_alice, _bob) = (await user.SignUpAsync(), await user.SignUpAsync());

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_block_ends_the_friendship_and_tells_both_with_growing_versions()
    {
        await UserApi.BefriendAsync(_alice, _bob);

        await UserApi.BlockAsync(_bob, _alice);

        Assert.Empty((await UserApi.ListAsync(_alice, "/friends")).Items);
        Assert.Equal(_alice.Id, Assert.Single((await UserApi.ListAsync(_bob, "/blocks")).Items).Id);
        Assert.Empty((await UserApi.ListAsync(_alice, "/blocks")).Items);
        var blocked = await user.Published.NextAsync<BlockChanged>(e => e.BlockerId == _bob.Id);
        var removed = await user.Published.NextAsync<FriendRemoved>(e => e.UserId == _bob.Id);
        Assert.Equal((_alice.Id, true, 4, 3), (blocked.BlockedId, blocked.Blocked, blocked.Version, removed.Version));
    }

    [Fact]
    public async Task A_block_ends_a_request_whoever_made_it()
    {
        var carol = await user.SignUpAsync();
        await UserApi.RequestAsync(_alice, _bob);
        await UserApi.RequestAsync(carol, _alice);

        await UserApi.BlockAsync(_bob, _alice);
        await UserApi.BlockAsync(carol, _alice);

        Assert.Empty((await UserApi.ListAsync(_alice, "/friend-requests")).Items);
        Assert.Equal(HttpStatusCode.NotFound, (await UserApi.AcceptAsync(_alice, carol)).StatusCode);
    }

    [Fact]
    public async Task To_the_blocked_the_blocker_is_not_there_and_to_the_blocker_the_block_is_named()
    {
        await UserApi.BlockAsync(_alice, _bob);

        var byBlocked = await UserApi.RequestAsync(_bob, _alice);
        var byBlocker = await UserApi.RequestAsync(_alice, _bob);

        Assert.Equal((HttpStatusCode.NotFound, "user_not_found"), (byBlocked.StatusCode, await UserApi.CodeOfAsync(byBlocked)));
        Assert.Equal((HttpStatusCode.Conflict, "user_blocked"), (byBlocker.StatusCode, await UserApi.CodeOfAsync(byBlocker)));
    }

    [Fact]
    public async Task A_lifted_block_lets_a_new_request_begin()
    {
        await UserApi.BlockAsync(_alice, _bob);

        var lifted = await UserApi.UnblockAsync(_alice, _bob);
        var again = await UserApi.UnblockAsync(_alice, _bob);

        Assert.Equal((HttpStatusCode.NoContent, HttpStatusCode.NoContent), (lifted.StatusCode, again.StatusCode));
        Assert.Equal(HttpStatusCode.Created, (await UserApi.RequestAsync(_bob, _alice)).StatusCode);
        var told = await user.Published.NextAsync<BlockChanged>(e => e.BlockerId == _alice.Id && !e.Blocked);
        Assert.Equal((_bob.Id, 2), (told.BlockedId, told.Version));
    }

    [Fact]
    public async Task Blocks_in_both_directions_are_two_blocks()
    {
        await UserApi.BlockAsync(_alice, _bob);
        Assert.Equal(HttpStatusCode.NoContent, (await UserApi.BlockAsync(_bob, _alice)).StatusCode);

        await UserApi.UnblockAsync(_alice, _bob);

        Assert.Single((await UserApi.ListAsync(_bob, "/blocks")).Items);
        Assert.Empty((await UserApi.ListAsync(_alice, "/blocks")).Items);
        Assert.Equal("user_not_found", await UserApi.CodeOfAsync(await UserApi.RequestAsync(_alice, _bob)));
    }

    [Fact]
    public async Task A_block_that_is_set_twice_is_told_once()
    {
        await UserApi.BlockAsync(_alice, _bob);
        await UserApi.BlockAsync(_alice, _bob);
        await UserApi.UnblockAsync(_alice, _bob);

        await user.Published.NextAsync<BlockChanged>(e => e.BlockerId == _alice.Id && !e.Blocked);

        Assert.Equal([1, 2], user.Published.Of<BlockChanged>().Where(e => e.BlockerId == _alice.Id).Select(e => e.Version));
    }

    [Fact]
    public async Task Nobody_and_myself_can_not_be_blocked()
    {
        var nobody = await _alice.Client.PutAsync($"/blocks/{Guid.NewGuid()}", null, Cancel);

        Assert.Equal("user_not_found", await UserApi.CodeOfAsync(nobody));
        Assert.Equal(["userId"], await UserApi.BadFieldsAsync(await UserApi.BlockAsync(_alice, _alice)));
    }

    [Fact]
    public async Task A_block_and_an_acceptance_at_once_never_leave_a_friendship_with_a_block()
    {
        for (var round = 0; round < 5; round++)
        {
            var (carol, dave) = (await user.SignUpAsync(), await user.SignUpAsync());
            await UserApi.RequestAsync(carol, dave);

            await Task.WhenAll(UserApi.AcceptAsync(dave, carol), UserApi.BlockAsync(carol, dave), UserApi.RequestAsync(dave, carol));

            Assert.Empty((await UserApi.ListAsync(dave, "/friends")).Items);
            await user.Published.NextAsync<BlockChanged>(e => e.BlockerId == carol.Id);
            var last = user.Published.All.Last(e => e.Key == UserPair.Key(carol.Id, dave.Id));
            Assert.Equal(BlockChanged.Type, last.Type);
        }
    }

    [Theory]
    [InlineData("UPDATE users.relationships SET status = 'accepted', requester_id = user_low, low_blocked_at = now()")]
    [InlineData("UPDATE users.relationships SET user_low = user_high, user_high = user_low")]
    [InlineData("UPDATE users.relationships SET status = 'pending', requester_id = NULL")]
    [InlineData("UPDATE users.relationships SET status = 'pending', requester_id = gen_random_uuid()")]
    public async Task The_table_refuses_what_can_not_be(string sql)
    {
        await UserApi.BefriendAsync(_alice, _bob);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => user.QueryAsync($"{sql} WHERE user_low = '{_alice.Id}'"));

        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }
}
