using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Inbox;

public sealed class MessageNotificationTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    [Fact]
    public async Task A_message_reaches_the_inbox_of_every_member_but_its_sender()
    {
        var lunch = await notifications.BeginAsync(Group());
        var sent = lunch.Say(_alice, "At noon?");

        await notifications.HearAsync(sent);

        foreach (var member in (Guid[])[_bob, _carol])
        {
            var item = Assert.Single((await notifications.InboxAsync(member)).Items);
            Assert.Equal(new Item(item.Id, "message", _alice, "Lunch", "At noon?", lunch.Id, 2, 2, 1, sent.SentAt, null), item);
        }

        Assert.Empty((await notifications.InboxAsync(_alice)).Items);
    }

    [Fact]
    public async Task All_messages_of_a_conversation_share_one_entry()
    {
        var lunch = await notifications.BeginAsync(Group());
        await notifications.HearAsync(lunch.Say(_alice, "At noon?"));
        var before = Assert.Single((await notifications.InboxAsync(_bob)).Items);

        await notifications.HearAsync(lunch.Say(_carol, "Rather at one"), lunch.Say(_alice, "Well then"));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((before.Id, _alice, "Well then"), (item.Id, item.ActorId, item.Text));
        Assert.Equal((2, 4, 3), (item.FirstSeq, item.LastSeq, item.Count));
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task A_batch_tells_of_all_entries_that_changed_in_one_event()
    {
        var (lunch, dinner) = (await notifications.BeginAsync(Group()), await notifications.BeginAsync(Conversation.Direct(_alice, _bob)));

        await notifications.HearTogetherAsync(lunch.Say(_alice, "one"), dinner.Say(_alice, "two"), lunch.Say(_alice, "three"));

        var told = await notifications.Published.NextAsync<InboxChanged>(changed => changed.Entries.Any(entry => entry.UserId == _bob));
        Assert.Equal(3, told.Entries.Count);
        Assert.Equivalent((await notifications.InboxAsync(_bob)).Items, Of(_bob), strict: true);
        Assert.Equal((await notifications.InboxAsync(_carol)).Items, Of(_carol));

        IEnumerable<Item> Of(Guid person) => told.Entries.Where(entry => entry.UserId == person).Select(Item.Of);
    }

    [Fact]
    public async Task An_event_has_at_most_two_hundred_entries()
    {
        var groups = Enumerable.Range(0, 5).Select(_ => Conversation.Group("Many", [_alice, .. Strangers()])).ToList();
        await notifications.HearTogetherAsync(groups.Select(group => group.Begin));

        await notifications.HearTogetherAsync(groups.Select(group => group.Say(_alice)));

        await notifications.Published.WaitForAsync(() => Counts().Sum() == 245, "not all 245 entries were told");
        Assert.Equal([45, 200], Counts().Order());

        IEnumerable<Guid> Strangers() => Enumerable.Range(0, 49).Select(_ => Guid.CreateVersion7());
        IEnumerable<int> Counts() => notifications.Published.Of<InboxChanged>()
            .Where(changed => changed.Entries.All(entry => entry.ActorId == _alice)).Select(changed => changed.Entries.Count);
    }

    [Fact]
    public async Task An_event_that_is_delivered_again_notifies_nobody_again()
    {
        var lunch = await notifications.BeginAsync(Group());
        var (sent, id) = (lunch.Say(_alice), Guid.CreateVersion7());

        await notifications.HearAgainAsync(sent, id);
        await notifications.HearAgainAsync(sent, id);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => notifications.HearAgainAsync(sent, id)));

        Assert.Equal(1, Assert.Single((await notifications.InboxAsync(_bob)).Items).Count);
        Assert.Equal(1, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task A_message_that_comes_behind_a_later_one_changes_nothing()
    {
        var lunch = await notifications.BeginAsync(Group());
        var (first, second) = (lunch.Say(_alice, "first"), lunch.Say(_alice, "second"));

        await notifications.HearAsync(second, first);

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(("second", 2, 3, 2), (item.Text, item.FirstSeq, item.LastSeq, item.Count));
    }

    [Fact]
    public async Task A_message_to_oneself_alone_notifies_nobody()
    {
        var notes = await notifications.BeginAsync(Conversation.Group("Notes", _alice));

        await notifications.HearAsync(notes.Say(_alice));

        Assert.Empty((await notifications.InboxAsync(_alice)).Items);
    }

    [Fact]
    public async Task A_message_that_looks_like_an_expression_is_shown_as_it_is()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));

        await notifications.HearAsync(lunch.Say(_alice, "$last.text"));

        Assert.Equal("$last.text", Assert.Single((await notifications.InboxAsync(_bob)).Items).Text);
    }

    private Conversation Group() => Conversation.Group("Lunch", _alice, _bob, _carol);
}
