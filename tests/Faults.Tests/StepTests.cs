using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Faults.Tests.History;
using ChatApp.Faults.Tests.Load;
using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Faults.Tests;

/// <summary>SIGKILL at each step of an event's way, one after the other.</summary>
public sealed class StepTests(FaultySystem system)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IReadOnlyList<string> Chats => ReplicasOf("chat");

    private IReadOnlyList<string> Users => ReplicasOf("user");

    private IReadOnlyList<string> Notifications => ReplicasOf("notification");

    [Fact]
    public async Task A_message_that_was_stored_and_not_published_when_chat_died_reaches_everybody()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        using var direct = system.DirectTo("chat");
        await SayAsync(direct, pair, "the keys of tokens are known now");
        await system.TakeDownAsync("sidecar");

        await SayAsync(direct, pair, "stored, and told to nobody");
        await system.TakeDownAsync(Chats);
        await system.StartAgainAsync(["sidecar", .. Chats]);

        await KeepsItsPromisesAsync(pair, messages: 2);
    }

    [Fact]
    public async Task A_message_that_was_published_when_chat_died_before_its_checkpoint_has_its_effects_once()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        await using (var checkpoints = await Gate.CloseAsync(await system.AdministerAsync("documentdb"), await TableOfAsync("chat_db", "checkpoints"), "UPDATE"))
        {
            await checkpoints.WaitForArrivalAsync();
            await pair.People[0].SayAsync(pair.Circles[0].Id, "published, and no checkpoint behind it", Cancel);
            await UntilAsync(async () => (await pair.People[1].NotificationsAsync(Cancel)).Count == 1, "the message was not published");

            await system.TakeDownAsync(Chats);
            await checkpoints.TurnAwayAsync();
        }

        await system.StartAgainAsync(Chats);

        await KeepsItsPromisesAsync(pair, messages: 1);
    }

    [Fact]
    public async Task A_message_of_a_process_that_never_comes_back_is_published_by_another()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        using var direct = system.DirectTo(Chats[0]);
        await SayAsync(direct, pair, "the keys of tokens are known now");
        await system.TakeDownAsync("sidecar");
        await SayAsync(direct, pair, "stored, and told to nobody");

        await system.TakeDownAsync(Chats[0]);
        await system.StartAgainAsync("sidecar");

        // The others see that it is silent.
        await KeepsItsPromisesAsync(pair, messages: 2);
        await system.StartAgainAsync(Chats[0]);
    }

    [Fact]
    public async Task A_message_whose_notification_was_not_stored_when_its_handler_died_is_notified_once()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        await NotifyAsync(pair, async stored =>
        {
            await system.TakeDownAsync(Notifications);
            await stored.TurnAwayAsync();
        });

        Assert.Equal(0, await NotificationsAboutAsync(pair));
        await system.StartAgainAsync(Notifications);

        await KeepsItsPromisesAsync(pair, messages: 1);
    }

    [Fact]
    public async Task A_message_whose_notification_was_stored_when_the_sidecar_died_is_notified_once()
    {
        await using var pair = await Crowd.GatherAsync(system.Running.Gateways, 2, Cancel);
        await NotifyAsync(pair, async stored =>
        {
            // Held still, it does not hear the handler's answer, and so does not mark the event as done.
            system.Running.Find("sidecar").Freeze();
            await stored.OpenAsync();
            await UntilAsync(async () => await NotificationsAboutAsync(pair) == 1, "the handler did not store it");
        });

        await system.TakeDownAsync("sidecar");
        await system.StartAgainAsync("sidecar");

        // It comes again before this one, which has the same partition.
        await pair.People[0].SayAsync(pair.Circles[0].Id, "and now?", Cancel);
        await KeepsItsPromisesAsync(pair, messages: 2);
    }

    [Fact]
    public async Task An_event_whose_handler_died_before_its_commit_is_handled()
    {
        await using var told = await Witness.WatchAsync(await system.AdministerAsync("postgres", "user_db"), "users.outbox_events");
        Talker newcomer;
        await using (var profiles = await Gate.CloseAsync(await system.AdministerAsync("postgres", "user_db"), "users.profiles", "INSERT"))
        {
            newcomer = await Talker.SignUpAsync(system.Running.Gateway, new Journal(), Cancel);
            await profiles.WaitForArrivalAsync();
            await system.TakeDownAsync(Users);
        }

        Assert.Equal(0, await ProfilesOfAsync(newcomer.Id));
        await system.StartAgainAsync(Users);

        await UntilAsync(async () => await ProfilesOfAsync(newcomer.Id) == 1, "the profile was not made");
        Assert.Equal(1, await told.CountAsync(newcomer.Id));
        await newcomer.DisposeAsync();
    }

    [Fact]
    public async Task An_event_whose_handler_had_committed_when_the_sidecar_died_is_not_handled_again()
    {
        await using var told = await Witness.WatchAsync(await system.AdministerAsync("postgres", "user_db"), "users.outbox_events");
        Talker newcomer;
        await using (var profiles = await Gate.CloseAsync(await system.AdministerAsync("postgres", "user_db"), "users.profiles", "INSERT"))
        {
            newcomer = await Talker.SignUpAsync(system.Running.Gateway, new Journal(), Cancel);
            await profiles.WaitForArrivalAsync();
            // Held still, it does not hear the handler's answer, and so does not mark the event as done.
            system.Running.Find("sidecar").Freeze();
            await profiles.OpenAsync();
            await UntilAsync(async () => await ProfilesOfAsync(newcomer.Id) == 1, "the handler did not commit");
        }

        await system.TakeDownAsync("sidecar");
        await using (var inbox = await Gate.CloseAsync(await system.AdministerAsync("postgres", "user_db"), "users.inbox_events", "INSERT"))
        {
            await system.StartAgainAsync("sidecar");
            // It comes again.
            await inbox.WaitForArrivalAsync();
        }

        await using var next = await Talker.SignUpAsync(system.Running.Gateway, new Journal(), Cancel);
        await UntilAsync(async () => await ProfilesOfAsync(next.Id) == 1, "the next one's profile was not made");
        Assert.Equal(1, await told.CountAsync(newcomer.Id));
        await newcomer.DisposeAsync();
    }

    private static async Task SayAsync(HttpClient chat, Crowd pair, string text)
    {
        var sender = pair.People[0];
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/conversations/{pair.Circles[0].Id}/messages")
        {
            Content = JsonContent.Create(new { clientMessageId = Guid.NewGuid(), text }),
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", sender.AccessToken) },
        };
        using var answer = await chat.SendAsync(request, Cancel);
        answer.EnsureSuccessStatusCode();
        pair.Journal.Acknowledge(Message.From(await answer.Content.ReadFromJsonAsync<JsonElement>(Cancel)));
    }

    private static async Task KeepsItsPromisesAsync(Crowd crowd, int messages)
    {
        Assert.Empty(await Verdict.ReachAsync(crowd, Cancel));
        Assert.Equal(messages, crowd.Journal.Acknowledged.Count);
        Assert.Empty(crowd.Journal.Contradictions);
    }

    private IReadOnlyList<string> ReplicasOf(string service) =>
        [.. system.Running.Services.Where(name => name.StartsWith(service, StringComparison.Ordinal))];

    /// <summary>Somebody says something, and something else happens just before the other's notification is stored.</summary>
    private async Task NotifyAsync(Crowd pair, Func<Gate, Task> justBefore)
    {
        await using var stored = await CloseInboxesAsync();
        await pair.People[0].SayAsync(pair.Circles[0].Id, "do you hear me?", Cancel);
        await stored.WaitForArrivalAsync();
        await justBefore(stored);
    }

    private async Task<Gate> CloseInboxesAsync() =>
        await Gate.CloseAsync(await system.AdministerAsync("documentdb"), await TableOfAsync("notification_db", "memberships"), "UPDATE");

    /// <summary>The table in which DocumentDB keeps a collection.</summary>
    private async Task<string> TableOfAsync(string database, string collection)
    {
        await using var engine = await system.AdministerAsync("documentdb");
        await using var find = engine.CreateCommand(
            $"SELECT collection_id FROM documentdb_api_catalog.collections WHERE database_name = '{database}' AND collection_name = '{collection}'");
        return $"documentdb_data.documents_{await find.ExecuteScalarAsync(Cancel)}";
    }

    private async Task<long> NotificationsAboutAsync(Crowd pair)
    {
        using var client = new MongoClient(system.Running.Mongo);
        var conversation = new BsonBinaryData(pair.Circles[0].Id, GuidRepresentation.Standard);
        return await client.GetDatabase("notification_db").GetCollection<BsonDocument>("memberships")
            .CountDocumentsAsync(new BsonDocument { ["conversationId"] = conversation, ["unread"] = true }, cancellationToken: Cancel);
    }

    private async Task<long> ProfilesOfAsync(Guid userId)
    {
        await using var users = await system.AdministerAsync("postgres", "user_db");
        await using var count = users.CreateCommand("SELECT count(*) FROM users.profiles WHERE user_id = $1");
        count.Parameters.Add(new NpgsqlParameter<Guid> { TypedValue = userId });
        return (long)(await count.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition, string otherwise)
    {
        for (var waited = Stopwatch.StartNew(); !await condition(); await Task.Delay(100, Cancel))
        {
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException(otherwise);
        }
    }
}
