using ChatApp.Contracts;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests.Inbox;

/// <summary>Messages of which somebody is not to hear.</summary>
public sealed class UnwantedMessageTests(NotificationApi notifications) : IClassFixture<NotificationApi>
{
    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _carol = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_muted_conversation_notifies_nobody_until_the_mute_is_over()
    {
        var lunch = await notifications.BeginAsync(Group());
        var (first, second, third) = (lunch.Say(_alice, "first"), lunch.Say(_alice, "second"), lunch.Say(_alice, "third"));
        await notifications.HearAsync(
            lunch.Mute(_bob, until: second.SentAt, version: 2), lunch.Mute(_carol, until: third.SentAt.AddSeconds(1), version: 2));

        await notifications.HearAsync(first);
        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
        await notifications.HearAsync(second, third);

        Assert.Equal("third", Assert.Single((await notifications.InboxAsync(_bob)).Items).Text);
        Assert.Empty((await notifications.InboxAsync(_carol)).Items);
    }

    [Fact]
    public async Task The_newest_mute_wins_in_whatever_order_they_come()
    {
        var lunch = await notifications.BeginAsync(Conversation.Direct(_alice, _bob));

        await notifications.HearAsync(
            lunch.Mute(_bob, until: null, version: 4),
            lunch.Mute(_bob, until: DateTimeOffset.MaxValue, version: 3),
            lunch.Mute(_bob, until: null, version: 4));
        await notifications.HearAsync(lunch.Say(_alice, "heard"));
        await notifications.HearTogetherAsync(
            lunch.Mute(_bob, until: DateTimeOffset.UtcNow.AddYears(1), version: 6), lunch.Mute(_bob, until: null, version: 5));
        await notifications.HearAsync(lunch.Say(_alice, "not heard"));

        Assert.Equal("heard", Assert.Single((await notifications.InboxAsync(_bob)).Items).Text);
    }

    [Fact]
    public async Task Nobody_hears_of_a_sender_whom_he_blocked()
    {
        var (lunch, now) = (await notifications.BeginAsync(Group()), DateTimeOffset.UtcNow);
        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: true, 2, now), new BlockChanged(_bob, _alice, Blocked: false, 1, now));

        await notifications.HearTogetherAsync(lunch.Say(_carol, "from Carol"), lunch.Say(_alice, "from Alice"));

        Assert.Equal("from Carol", Assert.Single((await notifications.InboxAsync(_bob)).Items).Text);
        Assert.Equal("from Alice", Assert.Single((await notifications.InboxAsync(_carol)).Items).Text);
    }

    [Fact]
    public async Task Who_lifts_a_block_hears_again()
    {
        var (lunch, now) = (await notifications.BeginAsync(Group()), DateTimeOffset.UtcNow);
        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: true, 1, now), new BlockChanged(_bob, _alice, Blocked: false, 2, now));

        await notifications.HearAsync(lunch.Say(_alice));

        Assert.Single((await notifications.InboxAsync(_bob)).Items);
    }

    [Fact]
    public async Task Who_switched_messages_off_hears_of_none()
    {
        var lunch = await notifications.BeginAsync(Group());
        using var saved = await notifications.PutAsync(
            _bob, "/notification-preferences", new { message = false, friendRequest = true, friendAccepted = true });

        await notifications.HearAsync(lunch.Say(_alice));

        Assert.Empty((await notifications.InboxAsync(_bob)).Items);
        Assert.Single((await notifications.InboxAsync(_carol)).Items);
    }

    [Fact]
    public async Task Messages_of_a_conversation_of_more_than_fifty_notify_nobody_and_write_nothing()
    {
        Guid[] members = [_alice, .. Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7())];
        var hall = await notifications.BeginAsync(Conversation.Group("Hall", members));
        var before = await DocumentsAsync(hall);

        await notifications.HearTogetherAsync(hall.Say(_alice), hall.Say(members[1]));

        Assert.Empty((await notifications.InboxAsync(members[2])).Items);
        Assert.Equal(before, await DocumentsAsync(hall));
    }

    [Fact]
    public async Task A_conversation_that_has_shrunk_to_fifty_notifies_again()
    {
        Guid[] members = [_alice, .. Enumerable.Range(0, 50).Select(_ => Guid.CreateVersion7())];
        var hall = await notifications.BeginAsync(Conversation.Group("Hall", members));

        await notifications.HearTogetherAsync(hall.Say(_alice), hall.Remove(members[1], members[1]), hall.Say(_alice, "fewer"));

        var item = Assert.Single((await notifications.InboxAsync(members[2])).Items);
        Assert.Equal(("fewer", 2, 4, 2), (item.Text, item.FirstSeq, item.LastSeq, item.Count));
    }

    private Conversation Group() => Conversation.Group("Lunch", _alice, _bob, _carol);

    private async Task<IReadOnlyList<string>> DocumentsAsync(Conversation conversation)
    {
        var db = ((MongoTestDatabase)notifications.Database!).Open();
        var id = new BsonBinaryData(conversation.Id, GuidRepresentation.Standard);
        var memberships = await db.GetCollection<BsonDocument>("memberships").Find(new BsonDocument("conversationId", id)).ToListAsync(Cancel);
        var conversations = await db.GetCollection<BsonDocument>("conversations").Find(new BsonDocument("_id", id)).ToListAsync(Cancel);
        return [.. memberships.Concat(conversations).Select(document => document.ToJson()).Order(StringComparer.Ordinal)];
    }
}
