using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests.Rebuild;

/// <summary>Copies of the user service's profiles.</summary>
public sealed class ProfileCopyTests : RebuildTests
{
    [Fact]
    public async Task Copies_of_profiles_are_made_as_their_owner_has_them()
    {
        var (ann, stale, ahead, extra, missing) = (await Api.PersonAsync(), await Api.PersonAsync("Stale"), await Api.PersonAsync("Ahead"), await Api.PersonAsync("Extra"), Guid.CreateVersion7());
        var users = Api.Store.GetCollection<BsonDocument>("user_directory");
        await users.UpdateOneAsync(Is(ann.Id), Builders<BsonDocument>.Update.Set("displayName", "Damaged"), cancellationToken: Cancel);
        await users.UpdateOneAsync(Is(ahead.Id), Builders<BsonDocument>.Update.Set("version", 77L), cancellationToken: Cancel);
        var state = State(Profile(ann.Id, "Ann", 1), Profile(stale.Id, "Fresh", 4), Profile(ahead.Id, "Ahead", 1), Profile(missing, "Missing", 2));

        Assert.Equal((1, 5), await RebuildAsync("user_directory", state, check: true));
        Assert.Equal(77, (await users.Find(Is(ahead.Id)).SingleAsync(Cancel))["version"].ToInt64());
        Assert.Equal((0, 5), await RebuildAsync("user_directory", state));

        Assert.Equal((0, 0), await RebuildAsync("user_directory", state, check: true));
        Assert.Equal("Fresh", (await users.Find(Is(stale.Id)).SingleAsync(Cancel))["displayName"].AsString);
        Assert.Equal(0, await users.CountDocumentsAsync(Is(extra.Id), cancellationToken: Cancel));
    }

    [Fact]
    public async Task A_state_that_is_cut_off_changes_nothing()
    {
        var ann = await Api.PersonAsync();

        await Assert.ThrowsAsync<Platform.StartupException>(() => RebuildAsync("user_directory", "users.profile.updated.v1 {}\n"));

        Assert.Equal(1, await Api.Store.GetCollection<BsonDocument>("user_directory").CountDocumentsAsync(Is(ann.Id), cancellationToken: Cancel));
    }
}
