using System.Text.Json;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Cli.Tests;

/// <summary>What an operator does with events that died and with read models that went wrong, on real databases and through the services' own programs.</summary>
[Collection(typeof(SetUpServers))]
public sealed class MessagingTests(OwnServers servers)
{
    [Fact]
    public async Task Dead_letters_are_listed_shown_replayed_and_discarded()
    {
        await servers.UpAsync();
        var (id, user) = (Guid.NewGuid(), Guid.NewGuid());
        await BuryAsync(id, $$"""{"userId":"{{user}}","username":"lost_{{user.ToString()[..8]}}","displayName":"Lost","registeredAt":"2026-03-01T12:00:00Z"}""");
        var other = Guid.NewGuid();
        await BuryAsync(other, "{}");

        var list = await servers.ChatAsync("deadletters", "list", "user");
        Assert.Equal(0, list.Code);
        Assert.Contains(list.Output.Split('\n'), line => line.StartsWith("user ", StringComparison.Ordinal) && line.Contains($"{id}", StringComparison.Ordinal) && line.Contains("auth.users", StringComparison.Ordinal));
        var found = await servers.ChatAsync("deadletters", "show", "--id", $"{id}", "--json");
        Assert.Equal(0, found.Code);
        Assert.Contains($"{user}", found.Service("user").GetProperty("letters")[0].GetProperty("payload").GetString()!, StringComparison.Ordinal);

        var replayed = await servers.ChatAsync("deadletters", "replay", "user", "--all");
        Assert.Equal(1, replayed.Code);
        Assert.Contains("1 of 2 could not be replayed and stay", replayed.Errors, StringComparison.Ordinal);
        Assert.Equal(1L, await servers.ExecuteAsync($"SELECT version FROM users.profiles WHERE user_id = '{user}'", "user_db"));
        Assert.Equal(0, (await servers.ChatAsync("deadletters", "replay", "user", "--id", $"{id}")).Code);
        Assert.Equal(1L, await servers.ExecuteAsync($"SELECT count(*) FROM users.outbox_events WHERE key = '{user}'", "user_db"));

        Assert.Equal(0, (await servers.ChatAsync("deadletters", "discard", "--id", $"{other}")).Code);
        var empty = await servers.ChatAsync("deadletters", "list");
        Assert.Equal((0, ""), (empty.Code, empty.Output));
        Assert.Equal(1, (await servers.ChatAsync("deadletters", "discard", "user")).Code);
        Assert.Equal(1, (await servers.ChatAsync("deadletters", "list", "auth")).Code);
    }

    [Fact]
    public async Task A_copy_is_compared_with_its_owner_and_made_as_that_has_it()
    {
        await servers.UpAsync();
        var (ann, bob) = (Guid.NewGuid(), Guid.NewGuid());
        await servers.ExecuteAsync(
            $"""
            INSERT INTO users.profiles (user_id, username, display_name, version, created_at, updated_at)
            SELECT id, 'copied_' || left(id::text, 8), 'Somebody', 3, now(), now() FROM unnest(ARRAY['{ann}', '{bob}']::uuid[]) AS id;
            INSERT INTO users.relationships (user_low, user_high, status, status_at, low_blocked_at, version)
            VALUES (least('{ann}'::uuid, '{bob}'), greatest('{ann}'::uuid, '{bob}'), 'none', now(), now(), 2);
            """,
            "user_db");

        foreach (var (model, drifted) in (KeyValuePair<string, int>[])[new("user_directory", 2), new("blocks", 1)])
        {
            var check = await servers.ChatAsync("rebuild", model, "--check", "--json");
            Assert.Equal(1, check.Code);
            Assert.All(check.Json.GetProperty("models").EnumerateArray(), report => Assert.True(report.GetProperty("drifted").GetInt32() >= drifted));
            Assert.Equal(["chat", "notification"], check.Json.GetProperty("models").EnumerateArray().Select(report => report.GetProperty("service").GetString()));
            Assert.Equal(0, (await servers.ChatAsync("rebuild", model)).Code);
            var again = await servers.ChatAsync("rebuild", model, "--check");
            Assert.True(again.Code == 0, again.Output + again.Errors);
            Assert.Contains("0 differ", again.Output, StringComparison.Ordinal);
        }

        var copy = await Chat.GetCollection<BsonDocument>("user_directory").Find(new BsonDocument("_id", new BsonBinaryData(ann, GuidRepresentation.Standard))).SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("Somebody", 3), (copy["displayName"].AsString, copy["version"].ToInt32()));
        foreach (var own in (string[])["conversation_list", "members", "memberships"])
            Assert.Equal(0, (await servers.ChatAsync("rebuild", own, "--check")).Code);
        Assert.Contains("it is one of user_directory", (await servers.ChatAsync("rebuild", "everything")).Errors, StringComparison.Ordinal);
    }

    private IMongoDatabase Chat => servers.Mongo.GetDatabase("chat_db");

    private Task<object?> BuryAsync(Guid id, string data)
    {
        var envelope = JsonSerializer.Serialize(new { id = Guid.NewGuid(), type = "auth.user.registered.v1", topic = "auth.users", data = JsonSerializer.Deserialize<JsonElement>(data) });
        return servers.ExecuteAsync(
            $"""
            INSERT INTO users.dead_letters (id, topic, type, payload, error, attempts, first_at, last_at)
            VALUES ('{id}', 'auth.users', 'auth.user.registered.v1', convert_to('{envelope}', 'UTF8'), 'it failed', 13, now(), now())
            """,
            "user_db");
    }
}
