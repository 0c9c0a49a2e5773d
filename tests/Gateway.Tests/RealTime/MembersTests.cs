using ChatApp.Contracts;

namespace ChatApp.Gateway.Tests.RealTime;

public sealed class MembersTests(StreamApi gateway) : IClassFixture<StreamApi>
{
    private readonly Guid _ann = Guid.NewGuid(), _bob = Guid.NewGuid(), _eve = Guid.NewGuid();

    [Fact]
    public async Task A_new_conversation_is_shown_to_its_members_before_its_first_message()
    {
        var conversation = Guid.NewGuid();
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(Events.Created(conversation, _bob, _ann, _bob));

        var began = await anns.NextAsync();
        var expected = $$"""{"id":"{{conversation}}","kind":"group","title":"Lunch","createdBy":"{{_bob}}","memberCount":2,"rev":1}""";
        Assert.Equal(("conversation", expected), (began.Name, began.Data));
        Assert.Equal("created", (await anns.NextAsync()).Json.GetProperty("system").GetProperty("change").GetString());
    }

    [Fact]
    public async Task Who_is_added_is_shown_the_conversation_and_gets_what_follows_while_the_others_see_the_message_alone()
    {
        var conversation = gateway.Conversation(_bob);
        await using var anns = await gateway.OpenAsync(_ann);
        await using var bobs = await gateway.OpenAsync(_bob);

        await gateway.DeliverAsync(Events.Added(conversation, _bob, 2, _ann));
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 3));

        var shown = await anns.NextAsync();
        Assert.Equal(("conversation", "null"), (shown.Name, shown.Json.GetProperty("createdBy").GetRawText()));
        Assert.Equal([2, 3], await SeqsAsync(anns, 2));
        Assert.Equal([2, 3], await SeqsAsync(bobs, 2));
    }

    [Fact]
    public async Task Who_is_removed_is_shown_so_and_nothing_after_it_until_he_is_back()
    {
        var conversation = gateway.Conversation(_ann, _bob);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(Events.Removed(conversation, _bob, 2, _ann));
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 3));
        await gateway.DeliverAsync(new ReceiptUpdated(conversation, _bob, 3, 2, Events.Noon));
        await gateway.DeliverAsync(Events.Added(conversation, _bob, 4, _ann));

        Assert.Equal([2], await SeqsAsync(anns, 1));
        Assert.Equal("conversation", (await anns.NextAsync()).Name);
        Assert.Equal([4], await SeqsAsync(anns, 1));
    }

    [Fact]
    public async Task A_member_is_kept_out_by_the_newer_of_two_changes_that_passed_each_other()
    {
        var conversation = Guid.NewGuid();
        var own = gateway.Conversation(_ann);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(Events.Removed(conversation, _bob, 6, _ann));
        await gateway.DeliverAsync(Events.Added(conversation, _bob, 5, _ann));
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 7));
        await gateway.DeliverAsync(Events.Message(own, _bob, 99));

        Assert.Equal([99], await SeqsAsync(anns, 1));
    }

    [Fact]
    public async Task Of_ten_thousand_members_those_who_are_online_get_a_message_and_nobody_else()
    {
        const int AtOnce = 500;
        var conversation = Guid.NewGuid();
        var members = Enumerable.Range(0, 9_997).Select(_ => Guid.NewGuid()).Concat([_ann, _bob, _eve]).ToArray();
        var stranger = Guid.NewGuid();
        var own = gateway.Conversation(stranger);
        await using var strangers = await gateway.OpenAsync(stranger);
        var online = new[] { await gateway.OpenAsync(_ann), await gateway.OpenAsync(_bob), await gateway.OpenAsync(_eve) };

        await gateway.DeliverAsync(Events.Created(conversation, _ann, members[^1]));
        foreach (var (n, some) in members[..^1].Chunk(AtOnce).Index())
            await gateway.DeliverAsync(Events.Added(conversation, _ann, 2 + n, some));
        await gateway.DeliverAsync(Events.Message(conversation, _ann, 100));
        await gateway.DeliverAsync(Events.Message(own, _ann, 101));

        Assert.Equal([101], await SeqsAsync(strangers, 1));
        foreach (var stream in online)
        {
            var seen = await stream.NextAsync();
            while (seen.Name == "conversation" || seen.Json.GetProperty("seq").GetInt64() < 100)
                seen = await stream.NextAsync();
            Assert.Equal(conversation, seen.Json.GetProperty("conversationId").GetGuid());
            await stream.DisposeAsync();
        }
    }

    private static async Task<IReadOnlyList<long>> SeqsAsync(OpenStream stream, int count)
    {
        var seqs = new List<long>();
        while (seqs.Count < count)
        {
            var message = await stream.NextAsync();
            Assert.Equal("message", message.Name);
            seqs.Add(message.Json.GetProperty("seq").GetInt64());
        }

        return seqs;
    }
}
