using ChatApp.Contracts;

namespace ChatApp.Notification.Tests.Inbox;

public sealed class FriendNotificationTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    /// <summary>On the millisecond, and of this day: what is old is not shown.</summary>
    private static readonly DateTimeOffset At = new(DateTime.UtcNow.Date, TimeSpan.Zero);

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    [Fact]
    public async Task A_friend_request_reaches_its_addressee()
    {
        await notifications.HearAsync(new ProfileUpdated(_alice, "alice", "Alice", null, 1, At));
        await notifications.HearAsync(new FriendRequested(_alice, _bob, 1, At));

        var item = Assert.Single((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(new Item(item.Id, "friend_request", _alice, "Friend request", "Alice wants to be your friend", null, null, null, 1, At, null), item);
        Assert.Empty((await notifications.InboxAsync(_alice)).Items);
    }

    [Fact]
    public async Task An_accepted_request_reaches_who_asked()
    {
        await notifications.HearAsync(new ProfileUpdated(_bob, "bob", "Bob", null, 1, At));
        await notifications.HearAsync(new FriendAccepted(_alice, _bob, 2, At));

        var item = Assert.Single((await notifications.InboxAsync(_alice)).Items);
        Assert.Equal(new Item(item.Id, "friend_accepted", _bob, "Friend request accepted", "Bob is your friend now", null, null, null, 1, At, null), item);
        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
        Assert.Equal(item, Item.Of(await notifications.ToldAsync(_alice, entry => entry.NotificationId == item.Id)));
    }

    [Fact]
    public async Task Unknown_names_are_left_out()
    {
        await notifications.HearAsync(new FriendRequested(_alice, _bob, 1, At));
        await notifications.HearAsync(new FriendAccepted(_alice, _bob, 2, At));

        Assert.Equal("Somebody wants to be your friend", Assert.Single((await notifications.InboxAsync(_bob)).Items).Text);
        Assert.Equal("You have a new friend", Assert.Single((await notifications.InboxAsync(_alice)).Items).Text);
    }

    [Fact]
    public async Task An_event_that_is_delivered_again_notifies_nobody_again()
    {
        var (requested, id) = (new FriendRequested(_alice, _bob, 1, At), Guid.CreateVersion7());

        await notifications.HearAgainAsync(requested, id);
        await notifications.HearAgainAsync(requested, id);

        Assert.Single((await notifications.InboxAsync(_bob)).Items);
    }

    [Fact]
    public async Task Each_kind_can_be_switched_off_by_itself()
    {
        using var bobs = await notifications.PutAsync(_bob, "/notification-preferences", new { message = true, friendRequest = false, friendAccepted = true });
        using var alices = await notifications.PutAsync(_alice, "/notification-preferences", new { message = true, friendRequest = true, friendAccepted = false });

        await notifications.HearAsync(new FriendRequested(_alice, _bob, 1, At), new FriendRequested(_bob, _alice, 2, At));
        await notifications.HearAsync(new FriendAccepted(_alice, _bob, 3, At), new FriendAccepted(_bob, _alice, 3, At));

        Assert.Equal(["friend_accepted"], (await notifications.InboxAsync(_bob)).Items.Select(item => item.Kind));
        Assert.Equal(["friend_request"], (await notifications.InboxAsync(_alice)).Items.Select(item => item.Kind));
    }

    [Fact]
    public async Task A_request_of_somebody_blocked_reaches_nobody()
    {
        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: true, 1, At));
        await notifications.HearAsync(new FriendRequested(_alice, _bob, 2, At));

        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
    }
}
