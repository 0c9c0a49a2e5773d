using ChatApp.Contracts;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>Copies of mutes, with the read marks that are in the same documents.</summary>
public sealed class MuteCopyTests : RebuildTests
{
    [Fact]
    public async Task Mutes_are_made_as_their_owner_has_them_and_read_marks_stay()
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
        await Api.HearAsync(new MembershipChanged(Conversation, Ann, "member", true, null, 1, DateTimeOffset.UtcNow));
        await Api.HearAsync(new ReceiptUpdated(Conversation, Ann, 7, [Ann, Bob], DateTimeOffset.UtcNow));

        await RepairsAsync("memberships", drifted: 2, State(
            new MembershipChanged(Conversation, Ann, "member", true, until, 2, DateTimeOffset.UtcNow),
            new MembershipChanged(Conversation, Bob, "member", true, null, 1, DateTimeOffset.UtcNow)));
        Assert.Equal(1, await Collection("memberships").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("readSeq", 7L), cancellationToken: Cancel));
    }
}
