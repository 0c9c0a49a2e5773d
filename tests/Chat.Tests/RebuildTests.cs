using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Contracts;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>Read models are damaged by hand; a check tells, a rebuild repairs, and meanwhile people write.</summary>
public sealed class RebuildTests : IAsyncLifetime
{
    private readonly ChatApi _chat = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _chat.InitializeAsync();

    public ValueTask DisposeAsync() => _chat.DisposeAsync();

    [Fact]
    public async Task The_conversation_list_is_made_anew_from_the_log_while_people_write()
    {
        var (ann, bob) = (await _chat.PersonAsync(), await _chat.PersonAsync());
        Guid[] conversations = [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(number => ann.StartGroupAsync($"Group {number}", bob)))];
        foreach (var conversation in conversations)
        {
            await ann.SendAsync(conversation, "first");
            await ann.SendAsync(conversation, "last");
            await bob.ListedAsync(conversation, item => item["lastMessage"]?["seq"]?.GetValue<long>() == 2);
        }

        await Conversation(conversations[0], Builders<BsonDocument>.Update.Unset("lastMessage"));
        await Conversation(conversations[1], Builders<BsonDocument>.Update.Set("lastMessage.text", "damaged"));
        await Conversation(conversations[2], Builders<BsonDocument>.Update.Set("lastMessage.rev", 99L));

        await WhileSendingAsync(ann, conversations[3], async () =>
        {
            var check = await RebuildAsync("conversation_list", check: true);
            Assert.Equal((1, 3), check);
            Assert.Equal((0, 3), await RebuildAsync("conversation_list"));
        });

        Assert.Equal((0, 0), await RebuildAsync("conversation_list", check: true));
        // Another process has none of it in memory.
        await using var other = await ChatReplica.StartAsync(_chat.Database!.ConnectionString);
        var reader = new Person(bob.Id, other.ClientFor(bob.Id));
        foreach (var conversation in conversations[..3])
            Assert.Equal("last", (await reader.ListedAsync(conversation))["lastMessage"]!["text"]!.GetValue<string>());
        await ann.SendAsync(conversations[2], "goes on");
        await reader.ListedAsync(conversations[2], item => item["lastMessage"]!["text"]!.GetValue<string>() == "goes on");
    }

    [Fact]
    public async Task Unread_counts_are_made_right_from_the_log_while_people_write()
    {
        var (ann, bob) = (await _chat.PersonAsync(), await _chat.PersonAsync());
        var (lost, behind, beyond, busy) = (await ann.StartGroupAsync("a", bob), await ann.StartGroupAsync("b", bob), await ann.StartGroupAsync("c", bob), await ann.StartGroupAsync("d", bob));
        foreach (var conversation in (Guid[])[lost, behind, beyond])
        {
            await ann.SendAsync(conversation);
            await bob.SendAsync(conversation);
            await bob.ListedAsync(conversation, item => item["readSeq"]!.GetValue<long>() == 2);
        }

        var marks = _chat.Store.GetCollection<BsonDocument>("memberships");
        await Wait.UntilAsync(async () => await marks.CountDocumentsAsync(Mark(behind, bob) & Builders<BsonDocument>.Filter.Eq("readSeq", 2L), cancellationToken: Cancel) == 1, "no mark");
        await marks.DeleteOneAsync(Mark(lost, bob), Cancel);
        await marks.UpdateOneAsync(Mark(behind, bob), Builders<BsonDocument>.Update.Set("readSeq", 1L), cancellationToken: Cancel);
        await marks.UpdateOneAsync(Mark(beyond, ann), Builders<BsonDocument>.Update.Set("readSeq", 50L), cancellationToken: Cancel);

        await WhileSendingAsync(ann, busy, async () =>
        {
            Assert.Equal((1, 3), await RebuildAsync("unread_counts", check: true));
            Assert.Equal((0, 3), await RebuildAsync("unread_counts"));
        });

        Assert.Equal((0, 0), await RebuildAsync("unread_counts", check: true));
        await using var other = await ChatReplica.StartAsync(_chat.Database!.ConnectionString);
        var reader = new Person(bob.Id, other.ClientFor(bob.Id));
        Assert.Equal(0, (await reader.ListedAsync(lost))["unread"]!.GetValue<long>());
        Assert.Equal(2, (await reader.ListedAsync(behind))["readSeq"]!.GetValue<long>());
        Assert.Equal(2, (await new Person(ann.Id, other.ClientFor(ann.Id)).ListedAsync(beyond))["readSeq"]!.GetValue<long>());
    }

    [Fact]
    public async Task Copies_of_profiles_are_made_as_their_owner_has_them()
    {
        var (ann, stale, ahead, extra, missing) = (await _chat.PersonAsync(), await _chat.PersonAsync("Stale"), await _chat.PersonAsync("Ahead"), await _chat.PersonAsync("Extra"), Guid.CreateVersion7());
        var users = _chat.Store.GetCollection<BsonDocument>("user_directory");
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
    public async Task Copies_of_blocks_are_made_as_their_owner_has_them()
    {
        var (ann, bob, cid) = (await _chat.PersonAsync(), await _chat.PersonAsync(), await _chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        await _chat.DeliverAsync(new BlockChanged(ann.Id, cid.Id, true, 3, DateTimeOffset.UtcNow));
        var state = State(
            new BlockChanged(ann.Id, bob.Id, true, 2, DateTimeOffset.UtcNow),
            new BlockChanged(bob.Id, ann.Id, false, 2, DateTimeOffset.UtcNow),
            new BlockChanged(ann.Id, cid.Id, false, 5, DateTimeOffset.UtcNow),
            new BlockChanged(cid.Id, ann.Id, false, 5, DateTimeOffset.UtcNow));

        Assert.Equal((1, 2), await RebuildAsync("blocks", state, check: true));
        Assert.Equal((0, 2), await RebuildAsync("blocks", state));
        Assert.Equal((0, 0), await RebuildAsync("blocks", state, check: true));

        await using var other = await ChatReplica.StartAsync(_chat.Database!.ConnectionString);
        await Person.RefusedAsync(new Person(bob.Id, other.ClientFor(bob.Id)).TrySendAsync(conversation, "hello"), System.Net.HttpStatusCode.NotFound, "user_not_found");
        await new Person(cid.Id, other.ClientFor(cid.Id)).StartDirectAsync(ann);
    }

    [Fact]
    public async Task A_state_that_is_cut_off_changes_nothing()
    {
        var ann = await _chat.PersonAsync();

        await Assert.ThrowsAsync<Platform.StartupException>(() => RebuildAsync("user_directory", "users.profile.updated.v1 {}\n"));

        Assert.Equal(1, await _chat.Store.GetCollection<BsonDocument>("user_directory").CountDocumentsAsync(Is(ann.Id), cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_others_copy_of_memberships_is_told_with_its_versions()
    {
        var (ann, bob) = (await _chat.PersonAsync(), await _chat.PersonAsync());
        var conversation = await ann.StartDirectAsync(bob);
        var until = DateTimeOffset.UtcNow.AddHours(1);
        using var muted = await ann.Http.PutAsync($"/conversations/{conversation}/mute", new StringContent($$"""{"until":"{{until:O}}"}""", null, "application/json"), Cancel);
        Assert.True(muted.IsSuccessStatusCode, await muted.Content.ReadAsStringAsync(Cancel));

        var (code, output) = await _chat.CommandAsync(["state", "memberships"]);

        Assert.Equal(0, code);
        var told = output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[..^1]
            .Select(line => JsonSerializer.Deserialize(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..], EventJson.Default.MembershipChanged)!)
            .Single(changed => changed.ConversationId == conversation && changed.UserId == ann.Id);
        Assert.Equal(2, told.Version);
        Assert.NotNull(told.MutedUntil);
    }

    private async Task<(int Code, int Drifted)> RebuildAsync(string model, string state = "", bool check = false)
    {
        var (code, output) = await _chat.CommandAsync(["rebuild", model, .. check ? (string[])["--check"] : []], state);
        return (code, JsonNode.Parse(output)!["drifted"]!.GetValue<int>());
    }

    private static async Task WhileSendingAsync(Person sender, Guid conversation, Func<Task> work)
    {
        using var done = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
                await sender.SendAsync(conversation);
        });
        await work();
        await done.CancelAsync();
        await sending;
    }

    private Task<UpdateResult> Conversation(Guid id, UpdateDefinition<BsonDocument> damage) =>
        _chat.Store.GetCollection<BsonDocument>("conversations").UpdateOneAsync(Is(id), damage, cancellationToken: Cancel);

    private static ProfileUpdated Profile(Guid id, string name, long version) => new(id, $"{name.ToLowerInvariant()}_{id:N}", name, null, version, DateTimeOffset.UtcNow);

    private static string State<T>(params T[] events)
        where T : IEvent =>
        string.Concat(events.Select(@event => $"{T.Type} {JsonSerializer.Serialize(@event, typeof(T), EventJson.Default)}\n")) + $"end {events.Length}\n";

    private static FilterDefinition<BsonDocument> Is(Guid id) => Builders<BsonDocument>.Filter.Eq("_id", new BsonBinaryData(id, GuidRepresentation.Standard));

    private static FilterDefinition<BsonDocument> Mark(Guid conversation, Person person) =>
        Builders<BsonDocument>.Filter.Eq("conversationId", new BsonBinaryData(conversation, GuidRepresentation.Standard))
        & Builders<BsonDocument>.Filter.Eq("userId", new BsonBinaryData(person.Id, GuidRepresentation.Standard));
}
