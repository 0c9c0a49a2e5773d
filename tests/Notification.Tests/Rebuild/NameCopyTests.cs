using System.Text.Json.Nodes;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests.Rebuild;

/// <summary>Copies of names.</summary>
public sealed class NameCopyTests : RebuildTests
{
    [Fact]
    public async Task Names_are_made_as_their_owner_has_them()
    {
        await Api.HearAsync(Profile(Ann, "Ann", 1), Profile(Bob, "Bob", 1));
        await Collection("user_directory").UpdateManyAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Ann"), Builders<BsonDocument>.Update.Set("displayName", "Damaged"), cancellationToken: Cancel);

        await RepairsAsync("user_directory", drifted: 1, State(Profile(Ann, "Ann", 1), Profile(Bob, "Bob", 1)));
        Assert.Equal(1, await Collection("user_directory").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Ann"), cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_comes_while_it_is_compared_is_no_drift_and_is_not_taken_back()
    {
        await Api.HearAsync(Profile(Ann, "Ann", 1));
        // Once the copies were read: the event that makes the copy what its owner has, and one that is newer than what the owner said.
        using var state = new LateState(State(Profile(Ann, "Anna", 2)), () => Api.HearAsync(Profile(Ann, "Anna", 2), Profile(Ann, "Annabel", 3)));

        var (code, output) = await Api.CommandAsync(["rebuild", "user_directory"], state);

        Assert.Equal((0, 0), (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>()));
        Assert.Equal(1, await Collection("user_directory").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Annabel"), cancellationToken: Cancel));
    }
}
