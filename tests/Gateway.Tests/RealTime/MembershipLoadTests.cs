using ChatApp.Testing;

namespace ChatApp.Gateway.Tests.RealTime;

public sealed class MembershipLoadTests(StreamApi gateway) : IClassFixture<StreamApi>
{
    private readonly Guid _ann = Guid.NewGuid(), _bob = Guid.NewGuid();

    [Fact]
    public async Task Who_joins_while_the_memberships_load_gets_what_follows()
    {
        var conversation = Guid.NewGuid();
        var (held, opening) = await StartOpeningAsync();

        await gateway.DeliverAsync(Events.Added(conversation, _bob, 5, _ann));
        held.MayGo.SetResult();
        await using var anns = await opening;
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 6));

        Assert.Equal(["conversation", "message"], await anns.NamesAsync(2));
        Assert.Equal(6, (await anns.NextAsync()).Json.GetProperty("seq").GetInt64());
    }

    [Fact]
    public async Task Who_leaves_while_the_memberships_load_gets_nothing_more()
    {
        var (left, kept) = (gateway.Conversation(_ann, _bob), gateway.Conversation(_ann, _bob));
        var (held, opening) = await StartOpeningAsync();

        await gateway.DeliverAsync(Events.Removed(left, _bob, 5, _ann));
        held.MayGo.SetResult();
        await using var anns = await opening;
        await gateway.DeliverAsync(Events.Message(left, _bob, 6));
        await gateway.DeliverAsync(Events.Message(kept, _bob));

        Assert.Equal(kept, (await anns.NextAsync()).Json.GetProperty("conversationId").GetGuid());
    }

    [Fact]
    public async Task A_change_that_is_older_than_what_was_loaded_changes_nothing()
    {
        var conversation = gateway.Chat.Join(Guid.NewGuid(), [_ann], rev: 9);
        await using var anns = await gateway.OpenAsync(_ann);

        await gateway.DeliverAsync(Events.Removed(conversation, _bob, 7, _ann));
        await gateway.DeliverAsync(Events.Added(conversation, _bob, 9, _ann));
        await gateway.DeliverAsync(Events.Message(conversation, _bob, 10));

        Assert.Equal(["message", "message", "message"], await anns.NamesAsync(3));
    }

    [Fact]
    public async Task A_load_that_fails_ends_the_stream_with_a_word_and_the_next_one_asks_anew()
    {
        var conversation = gateway.Conversation(_ann);
        gateway.Chat.Fails(_ann);

        var last = Assert.Single(await gateway.OpenInVainAsync(_ann));
        Assert.Equal(("resume", """{"reason":"members_unavailable"}"""), (last.Name, last.Data));

        gateway.Chat.Recovers(_ann);
        await using var anns = await gateway.OpenAsync(_ann);
        await gateway.DeliverAsync(Events.Message(conversation, _bob));
        Assert.Equal("message", (await anns.NextAsync()).Name);
    }

    [Fact]
    public async Task A_load_that_takes_too_long_ends_all_streams_that_wait_for_it()
    {
        gateway.Chat.Hold(_ann);

        var ends = await Task.WhenAll(gateway.OpenInVainAsync(_ann), gateway.OpenInVainAsync(_ann));

        Assert.All(ends, end => Assert.Equal("""{"reason":"members_unavailable"}""", Assert.Single(end).Data));
    }

    [Fact]
    public async Task An_answer_that_is_none_is_a_load_that_failed()
    {
        gateway.Chat.Answers(_ann, """{"items":[{"rev":1}]}""");

        Assert.Equal("resume", Assert.Single(await gateway.OpenInVainAsync(_ann)).Name);
    }

    [Fact]
    public async Task Streams_of_one_person_load_once_and_after_the_last_one_it_is_done_anew()
    {
        var conversation = gateway.Conversation(_ann);
        var (held, opening) = await StartOpeningAsync();
        var second = gateway.OpenAsync(_ann);
        held.MayGo.SetResult();
        await using (var first = await opening)
        {
            await using var other = await second;
            await using var third = await gateway.OpenAsync(_ann);
            await gateway.DeliverAsync(Events.Message(conversation, _bob));
            foreach (var stream in (OpenStream[])[first, other, third])
                Assert.Equal("message", (await stream.NextAsync()).Name);
        }

        Assert.Single(gateway.Chat.Asked, _ann);
        await Wait.UntilAsync(
            async () =>
            {
                await using var again = await gateway.OpenAsync(_ann);
                return gateway.Chat.Asked.Count(asked => asked == _ann) > 1;
            },
            "what was kept of a person without streams was used again");
    }

    [Fact]
    public async Task Somebody_in_ten_thousand_conversations_gets_the_messages_of_each()
    {
        var conversations = Enumerable.Range(0, 10_000).Select(_ => gateway.Conversation(_ann)).ToArray();
        await using var anns = await gateway.OpenAsync(_ann);

        foreach (var conversation in (Guid[])[conversations[0], Guid.NewGuid(), conversations[^1]])
            await gateway.DeliverAsync(Events.Message(conversation, _bob));

        foreach (var conversation in (Guid[])[conversations[0], conversations[^1]])
            Assert.Equal(conversation, (await anns.NextAsync()).Json.GetProperty("conversationId").GetGuid());
    }

    private async Task<(HeldAnswer Held, Task<OpenStream> Opening)> StartOpeningAsync()
    {
        var held = gateway.Chat.Hold(_ann);
        var opening = gateway.OpenAsync(_ann);
        await held.WasAsked.Task.WaitAsync(TestContext.Current.CancellationToken);
        return (held, opening);
    }
}
