namespace ChatApp.Notification.Tests.Inbox;

/// <summary>People join, go and come back.</summary>
public sealed class MembershipTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    [Fact]
    public async Task A_change_of_the_members_notifies_nobody_and_does_not_count()
    {
        var lunch = await notifications.BeginAsync(Conversation.Group("Lunch", _alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Add(_alice, _carol));
        Assert.Equal(2, Assert.Single((await notifications.InboxAsync(_bob)).Items).LastSeq);

        await notifications.HearAsync(lunch.Say(_alice));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((2, 4, 2), (item.FirstSeq, item.LastSeq, item.Count));
    }

    [Fact]
    public async Task Who_joins_has_nothing_unread_of_what_was_before()
    {
        var lunch = await notifications.BeginAsync(Conversation.Group("Lunch", _alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice), lunch.Add(_alice, _carol));
        Assert.Empty((await notifications.InboxAsync(_carol)).Items);

        await notifications.HearAsync(lunch.Say(_bob));

        var item = Assert.Single((await notifications.InboxAsync(_carol)).Items);
        Assert.Equal((5, 5, 1), (item.FirstSeq, item.LastSeq, item.Count));
    }

    [Fact]
    public async Task Who_is_out_hears_no_more_and_loses_the_entry()
    {
        var lunch = await notifications.BeginAsync(Conversation.Group("Lunch", _alice, _bob, _carol));
        await notifications.HearAsync(lunch.Say(_alice));

        await notifications.HearAsync(lunch.Remove(_alice, _carol), lunch.Say(_alice));

        Assert.Empty((await notifications.InboxAsync(_carol)).Items);
        Assert.Equal(0, await notifications.UnreadAsync(_carol));
        await notifications.ToldAsync(_carol, entry => entry.LastSeq == 2 && entry.ReadAt is not null);
    }

    [Fact]
    public async Task Who_is_out_is_not_in_again_by_an_older_event()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var gone = lunch.Remove(_carol, _carol);

        await notifications.HearAsync(gone, lunch.Begin, lunch.Say(_alice));

        Assert.Empty((await notifications.InboxAsync(_carol)).Items);
        Assert.Single((await notifications.InboxAsync(_bob)).Items);
    }

    [Fact]
    public async Task Who_comes_back_sees_nothing_of_what_was_said_meanwhile()
    {
        var lunch = await notifications.BeginAsync(Conversation.Group("Lunch", _alice, _bob, _carol));
        var (gone, meanwhile, back) = (lunch.Remove(_alice, _carol), lunch.Say(_alice, "secret"), lunch.Add(_alice, _carol));

        // What was said meanwhile is handled first, as on a broker without order.
        await notifications.HearAsync(meanwhile, gone, back);

        Assert.Empty((await notifications.InboxAsync(_carol)).Items);
    }

    [Fact]
    public async Task A_message_that_comes_before_its_reader_is_known_reaches_him_then()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob);
        var (first, added, second) = (lunch.Say(_alice, "first"), lunch.Add(_alice, _carol), lunch.Say(_bob, "second"));

        await notifications.HearAsync(second, first, added, lunch.Begin);

        Assert.Equal(0, await notifications.UnreadAsync(_bob));
        Assert.Equal(("Lunch", "second", 4, 1), Shown(Assert.Single((await notifications.InboxAsync(_carol)).Items)));
        Assert.Equal(("Lunch", "second", 3, 1), Shown(Assert.Single((await notifications.InboxAsync(_alice)).Items)));
    }

    private static (string, string?, long?, long) Shown(Item item) => (item.Title, item.Text, item.FirstSeq, item.Count);
}
