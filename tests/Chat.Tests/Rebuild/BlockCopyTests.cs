using ChatApp.Contracts;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>Copies of the user service's blocks.</summary>
public sealed class BlockCopyTests : RebuildTests
{
    [Fact]
    public async Task Copies_of_blocks_are_made_as_their_owner_has_them()
    {
        var (ann, bob, cid) = (await Api.PersonAsync(), await Api.PersonAsync(), await Api.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await Api.DeliverAsync(new BlockChanged(ann.Id, cid.Id, true, 3, DateTimeOffset.UtcNow));
        var state = State(
            new BlockChanged(ann.Id, bob.Id, true, 2, DateTimeOffset.UtcNow),
            new BlockChanged(bob.Id, ann.Id, false, 2, DateTimeOffset.UtcNow),
            new BlockChanged(ann.Id, cid.Id, false, 5, DateTimeOffset.UtcNow),
            new BlockChanged(cid.Id, ann.Id, false, 5, DateTimeOffset.UtcNow));

        Assert.Equal((1, 2), await RebuildAsync("blocks", state, check: true));
        Assert.Equal((0, 2), await RebuildAsync("blocks", state));
        Assert.Equal((0, 0), await RebuildAsync("blocks", state, check: true));

        await using var other = await ChatReplica.StartAsync(Api.Database!.ConnectionString);
        await Person.RefusedAsync(new Person(bob.Id, other.ClientFor(bob.Id)).TrySendAsync(conversation, "hello"), System.Net.HttpStatusCode.NotFound, "user_not_found");
        await new Person(cid.Id, other.ClientFor(cid.Id)).StartDirectAsync(ann);
    }
}
