namespace ChatApp.Notification.Tests.Inbox;

/// <summary>Reading a conversation, and marking its notification read.</summary>
public sealed class ReadingTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    [Fact]
    public async Task Reading_a_conversation_reads_its_notification_and_is_told()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice));

        var receipt = lunch.Read(_bob, 3);
        await notifications.HearAsync(receipt, receipt, lunch.Read(_bob, 2));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((receipt.ReadAt, 0, null, 3), (item.ReadAt, item.Count, item.FirstSeq, item.LastSeq));
        Assert.Equal(0, await notifications.UnreadAsync(_bob));
        Assert.Equal(item, Item.Of(await notifications.ToldAsync(_bob, entry => entry.ReadAt is not null)));
    }

    [Fact]
    public async Task Reading_a_part_leaves_the_rest_unread()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice), lunch.Say(_alice));

        await notifications.HearAsync(lunch.Read(_bob, 3));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((4, 4, 1, null), (item.FirstSeq, item.LastSeq, item.Count, item.ReadAt));
        Assert.Equal(item, Item.Of(await notifications.ToldAsync(_bob, entry => entry.FirstSeq == 4)));
    }

    [Fact]
    public async Task A_message_that_comes_behind_its_receipt_notifies_nobody()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        var (first, second) = (lunch.Say(_alice), lunch.Say(_alice));

        await notifications.HearAsync(lunch.Read(_bob, 2));
        await notifications.HearAsync(first);
        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
        await notifications.HearAsync(second);

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((3, 3, 1), (item.FirstSeq, item.LastSeq, item.Count));
    }

    [Fact]
    public async Task A_receipt_that_comes_before_all_else_is_remembered()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        var (first, second) = (lunch.Say(_alice), lunch.Say(_alice));

        await notifications.HearAsync(lunch.Read(_bob, 2));
        await notifications.HearAsync(lunch.Begin, first, second);

        Assert.Equal(1, Assert.Single((await notifications.InboxAsync(_bob)).Items).Count);
    }

    [Fact]
    public async Task Who_writes_has_read_what_was_before()
    {
        var lunch = await notifications.BeginAsync(Conversation.Group("Lunch", _alice, _bob, _carol));
        await notifications.HearAsync(lunch.Say(_alice));

        await notifications.HearTogetherAsync(lunch.Say(_bob), lunch.Say(_carol));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((_carol, 4, 4, 1), (item.ActorId, item.FirstSeq, item.LastSeq, item.Count));
        Assert.Equal(3, Assert.Single((await notifications.InboxAsync(_alice)).Items).FirstSeq);
    }

    [Fact]
    public async Task Who_answers_reads_his_notification_by_that()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice));

        await notifications.HearAsync(lunch.Say(_bob));

        Assert.Equal(0, await notifications.UnreadAsync(_bob));
        await notifications.ToldAsync(_bob, entry => entry.ReadAt is not null);
    }

    [Fact]
    public async Task Who_writes_into_a_conversation_that_he_has_read_is_told_nothing()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice));
        await notifications.HearAsync(lunch.Read(_bob, 2));

        await notifications.HearAsync(lunch.Say(_bob, "mine"));

        await notifications.ToldAsync(_alice, entry => entry.Text == "mine");
        Assert.Equal([null, lunch.Read(_bob, 2).ReadAt], notifications.ToldOf(_bob).Select(entry => entry.ReadAt));
    }

    [Fact]
    public async Task What_was_marked_read_is_no_part_of_the_next_count()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice));
        using var marked = await notifications.PutAsync(_bob, $"/notifications/{(await notifications.InboxAsync(_bob)).Items[0].Id}/read");

        await notifications.HearAsync(lunch.Say(_alice));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal((4, 4, 1, null), (item.FirstSeq, item.LastSeq, item.Count, item.ReadAt));
    }

    [Fact]
    public async Task A_receipt_and_a_mark_of_the_inbox_go_together_in_either_order()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));
        var dinner = await notifications.BeginAsync(Conversation.Direct(_carol, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice), dinner.Say(_carol), dinner.Say(_carol));

        await notifications.HearAsync(lunch.Read(_bob, 2));
        using var marked = await notifications.PutAsync(_bob, "/notifications/read");
        await notifications.HearAsync(dinner.Read(_bob, 2));

        Assert.Equal(0, await notifications.UnreadAsync(_bob));
    }
}
