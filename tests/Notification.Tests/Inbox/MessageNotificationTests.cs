using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Inbox;

public sealed class MessageNotificationTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    [Fact]
    public async Task A_message_reaches_the_inbox_of_every_member_but_its_sender()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var sent = lunch.Say(_alice, "At noon?");

        await notifications.HearAsync(sent);

        foreach (var member in (Guid[])[_bob, _carol])
        {
            var item = Assert.Single((await notifications.InboxAsync(member)).Items);
            Assert.Equal(new Item(item.Id, "message", _alice, "Lunch", "At noon?", lunch.Id, 1, sent.SentAt, null), item);
        }

        Assert.Empty((await notifications.InboxAsync(_alice)).Items);
    }

    [Fact]
    public async Task Each_notification_is_announced_to_its_user()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var sent = lunch.Say(_alice, "At noon?");

        await notifications.HearAsync(sent);

        foreach (var member in (Guid[])[_bob, _carol])
        {
            var announced = await notifications.Published.NextAsync<NotificationCreated>(created => created.UserId == member);
            var item = Assert.Single((await notifications.InboxAsync(member)).Items);
            Assert.Equal(new NotificationCreated(item.Id, member, "message", _alice, "Lunch", "At noon?", lunch.Id, 1, sent.SentAt), announced);
        }
    }

    [Fact]
    public async Task An_event_that_is_delivered_again_notifies_nobody_again()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var (sent, id) = (lunch.Say(_alice), Guid.CreateVersion7());

        await notifications.HearAgainAsync(sent, id);
        await notifications.HearAgainAsync(sent, id);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => notifications.HearAgainAsync(sent, id)));

        // What comes after it has been announced, and so has everything before.
        await notifications.HearAsync(lunch.Say(_alice, "the last"));
        await notifications.Published.NextAsync<NotificationCreated>(created => created.UserId == _bob && created.Text == "the last");
        Assert.Equal(2, (await notifications.InboxAsync(_bob)).Items.Count);
        Assert.Equal(2, notifications.Published.Of<NotificationCreated>().Count(created => created.UserId == _bob));
    }

    [Fact]
    public async Task A_muted_conversation_notifies_nobody_until_the_mute_is_over()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var (first, second, third) = (lunch.Say(_alice), lunch.Say(_alice), lunch.Say(_alice));

        await notifications.HearAsync(lunch.Mute(_bob, until: second.SentAt, version: 1));
        await notifications.HearAsync(first, second, third);

        Assert.Equal([3, 2], await SeqsAsync(_bob));
        Assert.Equal([3, 2, 1], await SeqsAsync(_carol));
    }

    [Fact]
    public async Task The_newest_mute_wins_in_whatever_order_they_come()
    {
        var lunch = Conversation.Direct(_alice, _bob);

        await notifications.HearAsync(
            lunch.Mute(_bob, until: null, version: 3),
            lunch.Mute(_bob, until: DateTimeOffset.MaxValue, version: 2),
            lunch.Mute(_bob, until: null, version: 3));
        await notifications.HearAsync(lunch.Say(_alice));
        await notifications.HearAsync(lunch.Mute(_bob, until: DateTimeOffset.UtcNow.AddYears(1), version: 4));
        await notifications.HearAsync(lunch.Say(_alice));

        Assert.Equal([1], await SeqsAsync(_bob));
    }

    [Fact]
    public async Task Nobody_hears_of_a_sender_whom_he_blocked()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        var now = DateTimeOffset.UtcNow;

        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: true, 2, now), new BlockChanged(_bob, _alice, Blocked: false, 1, now));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_carol));
        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: false, 3, now));
        await notifications.HearAsync(lunch.Say(_alice));

        Assert.Equal([3, 2], await SeqsAsync(_bob));
        Assert.Equal([3, 1], await SeqsAsync(_carol));
        Assert.Equal([2], await SeqsAsync(_alice));
    }

    [Fact]
    public async Task Who_switched_messages_off_hears_of_none()
    {
        var lunch = Conversation.Group("Lunch", _alice, _bob, _carol);
        using var saved = await notifications.PutAsync(
            _bob, "/notification-preferences", new { message = false, friendRequest = true, friendAccepted = true });

        await notifications.HearAsync(lunch.Say(_alice));

        Assert.Empty(await SeqsAsync(_bob));
        Assert.Equal([1], await SeqsAsync(_carol));
    }

    [Fact]
    public async Task Reading_a_conversation_reads_its_notifications_up_to_there()
    {
        var (lunch, dinner) = (Conversation.Direct(_alice, _bob), Conversation.Direct(_carol, _bob));
        await notifications.HearAsync(lunch.Say(_alice), lunch.Say(_alice), lunch.Say(_alice), dinner.Say(_carol));

        var receipt = lunch.Read(_bob, 2);
        await notifications.HearAsync(receipt, receipt, lunch.Read(_bob, 1));

        var items = (await notifications.InboxAsync(_bob)).Items.Where(item => item.ConversationId == lunch.Id);
        Assert.Equal([null, receipt.ReadAt, receipt.ReadAt], items.Select(item => item.ReadAt));
        Assert.Equal(2, await notifications.UnreadAsync(_bob));
    }

    [Fact]
    public async Task A_message_that_comes_behind_its_receipt_notifies_nobody()
    {
        var lunch = Conversation.Direct(_alice, _bob);
        var (first, second) = (lunch.Say(_alice), lunch.Say(_alice));

        await notifications.HearAsync(lunch.Read(_bob, 1));
        await notifications.HearAsync(lunch.Mute(_bob, until: null, version: 1));
        await notifications.HearAsync(second, first);

        Assert.Equal([2], await SeqsAsync(_bob));
    }

    [Fact]
    public async Task A_message_to_oneself_alone_notifies_nobody()
    {
        await notifications.HearAsync(Conversation.Group("Notes", _alice).Say(_alice));

        Assert.Empty(await SeqsAsync(_alice));
    }

    private async Task<IEnumerable<long?>> SeqsAsync(Guid userId) => (await notifications.InboxAsync(userId)).Items.Select(item => item.Seq);
}
