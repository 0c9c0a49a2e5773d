using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>The service dies at each step of what it does.</summary>
public sealed class CrashTests : IAsyncDisposable
{
    private readonly MongoTestDatabase _database = new();
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();
    private readonly IReadOnlyList<MessageSent> _batch;

    public CrashTests()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob);
        _batch = [lunch.Begin, lunch.Say(_alice, "Hi"), lunch.Add(_alice, _carol), lunch.Say(_alice, "Well?"), lunch.Say(_bob, "Bye")];
    }

    [Fact]
    public async Task What_was_stored_is_told_after_the_restart_and_a_second_delivery_adds_nothing()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        var sent = lunch.Say(_alice, "Hi");
        await using (var first = await Replica.StartAsync(_database))
        {
            first.Sidecar.RefusesEvents = true;
            await first.HearAsync(lunch.Begin, sent);
        }

        await using var second = await Replica.StartAsync(_database);
        await second.HearAsync(sent);

        Assert.Equal(1, (await second.ToldAsync(_bob, entry => entry.Text == "Hi")).Count);
        Assert.Equal(1, Assert.Single((await second.InboxAsync(_bob)).Items).Count);
    }

    [Fact]
    public async Task A_friend_request_that_was_stored_is_told_after_the_restart()
    {
        var asked = new FriendRequested(_alice, _bob, 1, DateTimeOffset.UtcNow);
        await using (var first = await Replica.StartAsync(_database))
        {
            first.Sidecar.RefusesEvents = true;
            await first.HearAsync(asked);
        }

        await using var second = await Replica.StartAsync(_database);

        await second.ToldAsync(_bob, entry => entry.Kind == "friend_request");
    }

    [Fact]
    public async Task Whatever_was_done_when_it_died_another_one_does_the_rest_and_tells_of_it()
    {
        int all;
        await using (var alive = await Replica.StartAsync(_database))
        {
            var before = alive.Asked;
            await alive.HearTogetherAsync(_batch);
            all = alive.Asked - before;
        }

        Assert.Equal(9, all);
        var side = new ParallelOptions { MaxDegreeOfParallelism = 4 };
        await Parallel.ForEachAsync(Enumerable.Range(0, all + 1), side, async (steps, _) => await DiesAfterAsync(steps));
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    private async Task DiesAfterAsync(int steps)
    {
        await using var database = new MongoTestDatabase();
        await using var first = await Replica.StartAsync(database);
        first.Sidecar.RefusesEvents = true;
        first.DieAfter(steps);
        await first.DeliverAsync(MessageSent.Topic, [.. _batch.Select(sent => Delivery.Of(sent))]);

        await using var second = await Replica.StartAsync(database);
        await second.HearTogetherAsync(_batch);

        var carols = Assert.Single((await second.InboxAsync(_carol)).Items);
        Assert.Equal(("Bye", 4, 2, null), (carols.Text, carols.FirstSeq, carols.Count, carols.ReadAt));
        Assert.Empty((await second.InboxAsync(_bob)).Items);
        // By the second one, or, once the first one has been silent for long enough, of what that one left.
        Assert.Equal(carols, Item.Of(await second.ToldAsync(_carol, entry => entry.FirstSeq == 4)));
    }
}
