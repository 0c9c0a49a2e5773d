using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Contracts;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests;

/// <summary>The service's copies, damaged and made as their owners have them.</summary>
public sealed class RebuildTests : IAsyncLifetime
{
    private readonly NotificationApi _api = new();
    private readonly Guid _ann = Guid.CreateVersion7(), _bob = Guid.CreateVersion7(), _conversation = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _api.InitializeAsync();

    public ValueTask DisposeAsync() => _api.DisposeAsync();

    [Fact]
    public async Task Names_are_made_as_their_owner_has_them()
    {
        await _api.HearAsync(Profile(_ann, "Ann", 1), Profile(_bob, "Bob", 1));
        await Collection("user_directory").UpdateManyAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Ann"), Builders<BsonDocument>.Update.Set("displayName", "Damaged"), cancellationToken: Cancel);

        await RepairsAsync("user_directory", drifted: 1, State(Profile(_ann, "Ann", 1), Profile(_bob, "Bob", 1)));
        Assert.Equal(1, await Collection("user_directory").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Ann"), cancellationToken: Cancel));
    }

    [Fact]
    public async Task Blocks_are_made_as_their_owner_has_them()
    {
        await _api.HearAsync(new BlockChanged(_ann, _bob, true, 1, DateTimeOffset.UtcNow));

        await RepairsAsync(
            "blocks",
            drifted: 2,
            State(new BlockChanged(_ann, _bob, false, 4, DateTimeOffset.UtcNow), new BlockChanged(_bob, _ann, true, 4, DateTimeOffset.UtcNow)));
    }

    [Fact]
    public async Task Mutes_are_made_as_their_owner_has_them_and_read_marks_stay()
    {
        var until = DateTimeOffset.FromUnixTimeMilliseconds(DateTimeOffset.UtcNow.AddHours(1).ToUnixTimeMilliseconds());
        await _api.HearAsync(new MembershipChanged(_conversation, _ann, "member", true, null, 1, DateTimeOffset.UtcNow));
        await _api.HearAsync(new ReceiptUpdated(_conversation, _ann, 7, [_ann, _bob], DateTimeOffset.UtcNow));

        await RepairsAsync("memberships", drifted: 2, State(
            new MembershipChanged(_conversation, _ann, "member", true, until, 2, DateTimeOffset.UtcNow),
            new MembershipChanged(_conversation, _bob, "member", true, null, 1, DateTimeOffset.UtcNow)));
        Assert.Equal(1, await Collection("memberships").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("readSeq", 7L), cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_comes_while_it_is_compared_is_no_drift_and_is_not_taken_back()
    {
        await _api.HearAsync(Profile(_ann, "Ann", 1));
        // Once the copies were read: the event that makes the copy what its owner has, and one that is newer than what the owner said.
        using var state = new LateState(State(Profile(_ann, "Anna", 2)), () => _api.HearAsync(Profile(_ann, "Anna", 2), Profile(_ann, "Annabel", 3)));

        var (code, output) = await _api.CommandAsync(["rebuild", "user_directory"], state);

        Assert.Equal((0, 0), (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>()));
        Assert.Equal(1, await Collection("user_directory").CountDocumentsAsync(Builders<BsonDocument>.Filter.Eq("displayName", "Annabel"), cancellationToken: Cancel));
    }

    private async Task RepairsAsync(string model, int drifted, string state)
    {
        Assert.Equal((1, drifted), await RebuildAsync(model, state, check: true));
        Assert.Equal((1, drifted), await RebuildAsync(model, state, check: true));
        Assert.Equal((0, drifted), await RebuildAsync(model, state));
        Assert.Equal((0, 0), await RebuildAsync(model, state, check: true));
    }

    private async Task<(int Code, int Drifted)> RebuildAsync(string model, string state, bool check = false)
    {
        var (code, output) = await _api.CommandAsync(["rebuild", model, .. check ? (string[])["--check"] : []], state);
        return (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>());
    }

    private IMongoCollection<BsonDocument> Collection(string name) => ((MongoTestDatabase)_api.Database!).Open().GetCollection<BsonDocument>(name);

    private static ProfileUpdated Profile(Guid id, string name, long version) => new(id, name.ToLowerInvariant(), name, null, version, DateTimeOffset.UtcNow);

    private static string State<T>(params T[] events)
        where T : IEvent =>
        string.Concat(events.Select(@event => $"{T.Type} {JsonSerializer.Serialize(@event, typeof(T), EventJson.Default)}\n")) + $"end {events.Length}\n";

    /// <summary>The owner's state, which comes after something else has happened.</summary>
    private sealed class LateState(string text, Func<Task> first) : StringReader(text)
    {
        private Func<Task>? _first = first;

        public override async ValueTask<string?> ReadLineAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Exchange(ref _first, null) is { } happens)
                await happens();
            return await base.ReadLineAsync(cancellationToken);
        }
    }
}
