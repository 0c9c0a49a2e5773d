using ChatApp.Testing;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>What the store is asked for a batch of events.</summary>
public sealed class BatchTests : IAsyncDisposable
{
    private readonly MongoTestDatabase _database = new();

    [Fact]
    public async Task A_hundred_messages_of_many_conversations_cost_as_many_commands_as_one_message()
    {
        await using var replica = await Replica.StartAsync(_database);
        var groups = Enumerable.Range(0, 35).Select(_ => Group()).ToList();
        await replica.HearTogetherAsync(groups.Select(group => group.Conversation.Begin));

        Assert.Equal(8, await CostAsync(replica, () => replica.HearTogetherAsync([groups[0].Conversation.Say(groups[0].Members[0])])));
        Assert.Equal(8, await CostAsync(replica, () => replica.HearTogetherAsync(
            Enumerable.Range(0, 100).Select(i => groups[i % 35].Conversation.Say(groups[i % 35].Members[i % 10])).ToList())));
    }

    [Fact]
    public async Task The_receipts_of_many_people_cost_one_write_and_one_question()
    {
        await using var replica = await Replica.StartAsync(_database);
        var (group, members) = Group();
        await replica.HearTogetherAsync([group.Begin, group.Say(members[0])]);

        Assert.Equal(2, await CostAsync(replica, () => replica.HearTogetherAsync(members.Select(member => group.Read(member, 2)))));
    }

    [Fact]
    public async Task Messages_that_notify_nobody_ask_for_nobodys_wishes()
    {
        await using var replica = await Replica.StartAsync(_database);
        var notes = Conversation.Group("Notes", Guid.CreateVersion7());
        await replica.HearTogetherAsync([notes.Begin]);

        // The conversation, its members, the mark of who wrote, and what that changed.
        Assert.Equal(5, await CostAsync(replica, () => replica.HearTogetherAsync([notes.Say(notes.Begin.SenderId)])));
    }

    public async ValueTask DisposeAsync() => await _database.DisposeAsync();

    private static (Conversation Conversation, Guid[] Members) Group()
    {
        Guid[] members = [.. Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7())];
        return (Conversation.Group("Group", members), members);
    }

    private static async Task<int> CostAsync(Replica replica, Func<Task> act)
    {
        var before = replica.Asked;
        await act();
        return replica.Asked - before;
    }
}
