using ChatApp.Contracts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>Copies of who is in which conversation, and what that is called.</summary>
public sealed class MemberCopyTests : RebuildTests
{
    [Fact]
    public async Task Members_are_made_as_their_owner_has_them()
    {
        var (carol, dave) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        var lunch = await Api.BeginAsync(Conversation.Group("Lunch", Ann, Bob, carol));
        await Api.HearAsync(lunch.Say(Ann));
        await Collection("memberships").UpdateOneAsync(
            Builders<BsonDocument>.Filter.Eq("userId", new BsonBinaryData(Bob, GuidRepresentation.Standard)),
            Builders<BsonDocument>.Update.Set("member.active", false).Set("unread", false),
            cancellationToken: Cancel);
        // Carol has gone and Dave has come: neither was heard of.
        lunch.Remove(carol, carol);
        var added = lunch.Add(Ann, dave);

        await RepairsAsync("members", drifted: 3, State(Now(lunch, lunch.Begin.Rev, Ann, Bob), Now(lunch, added.Rev, dave)));

        Assert.Equal(1, await Api.UnreadAsync(Bob));
        Assert.Empty((await Api.InboxAsync(carol)).Items);
        await Api.HearAsync(lunch.Say(Ann));
        Assert.Equal((1, 0, 1), (await Api.UnreadAsync(Bob), await Api.UnreadAsync(carol), await Api.UnreadAsync(dave)));
    }

    [Fact]
    public async Task Names_of_conversations_are_made_as_their_owner_has_them_and_the_newest_message_stays()
    {
        var lunch = await Api.BeginAsync(Conversation.Group("Lunch", Ann, Bob));
        var dinner = Conversation.Group("Dinner", Ann, Bob);
        await Api.HearAsync(lunch.Say(Ann), dinner.Say(Ann));
        await Collection("conversations").UpdateOneAsync(
            Builders<BsonDocument>.Filter.Eq("info.title", "Lunch"), Builders<BsonDocument>.Update.Set("info.title", "Damaged"), cancellationToken: Cancel);

        await RepairsAsync("conversations", drifted: 2, State(Now(lunch, 1, Ann, Bob), Now(dinner, 1, Ann, Bob)));

        var kept = await Collection("conversations").Find(new BsonDocument("last.excerpt", "Hello")).ToListAsync(Cancel);
        Assert.Equal(["Dinner", "Lunch"], kept.Select(conversation => conversation["info"]["title"].AsString).Order());
    }

    /// <summary>How the owner says who is a member since when.</summary>
    private static MessageSent Now(Conversation conversation, long rev, params Guid[] members) => conversation.Begin with
    {
        Seq = rev,
        Rev = rev,
        System = conversation.Begin.System! with
        {
            Change = MembersChange.Added,
            Members = [.. members.Select(member => new MemberChange(member, "member", Active: true))],
        },
    };
}
