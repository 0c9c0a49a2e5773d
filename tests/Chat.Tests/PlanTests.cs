using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using MongoDB.Bson;

namespace ChatApp.Chat.Tests;

/// <summary>The plans of what the service asks, among 100,000 documents.</summary>
public sealed class PlanTests(PlanTests.Recorded chat) : IClassFixture<PlanTests.Recorded>
{
    private static readonly string[] Collections = ["blocks", "conversations", "memberships", "messages", "user_directory"];

    [Fact]
    public async Task Nothing_that_a_route_an_event_or_a_background_task_asks_reads_a_whole_collection()
    {
        var (ann, bob, cleo) = (await PersonAsync("Ann"), await PersonAsync("Bob"), await PersonAsync("Cleo"));
        await chat.DeliverAsync(new BlockChanged(ann.Id, cleo.Id, Blocked: false, 1, DateTimeOffset.UtcNow));
        var conversation = await ann.StartDirectAsync(bob);
        await bob.StartDirectAsync(ann);
        var group = await ann.StartGroupAsync("Team", bob);
        await ann.AddAsync(group, cleo);
        await ann.RemoveAsync(group, bob);
        await Person.RefusedAsync(ann.TryRemoveAsync(group, ann.Id), System.Net.HttpStatusCode.Conflict, "last_owner");
        await ann.GetAsync($"/conversations/{group}/members?limit=1");
        await ann.GetAsync($"/conversations/{group}/members?limit=1&after={ann.Id}");
        await ann.GetAsync("/memberships");

        var key = Guid.NewGuid();
        foreach (var text in (string[])["one", "two", "three"])
            await bob.SendAsync(conversation, text);
        await ann.SendAsync(conversation, "once", key);
        await ann.SendAsync(conversation, "once", key);
        await PlanOtherProcessAsync(ann, cleo, conversation);

        await ann.GetAsync($"/conversations/{conversation}");
        await ann.GetAsync($"/conversations/{conversation}/messages/2");
        await ann.GetAsync($"/conversations/{conversation}/messages?limit=2");
        await ann.GetAsync($"/conversations/{conversation}/messages?after=1&limit=2");
        await ann.GetAsync($"/conversations/{conversation}/messages?before=3&limit=2");
        var page = await ann.GetAsync("/conversations?limit=1");
        await ann.GetAsync($"/conversations?limit=1&after={page["next"]}");
        await ann.SyncAsync(new() { [conversation] = 1 });
        await ann.SyncAsync(new() { [conversation] = 99 });
        await ann.PutAsync($"/conversations/{conversation}/read", new { seq = 4 });
        await ann.PutAsync($"/conversations/{conversation}/mute", new { until = DateTimeOffset.UtcNow.AddHours(1) });
        await chat.Published.NextAsync<MembershipChanged>(changed => changed.MutedUntil is not null);
        await PlanSweepAsync();

        Assert.Equal(Collections, chat.Plans.Collections.Intersect(Collections));
        var plans = await chat.Plans.ExplainAsync(((MongoTestDatabase)chat.Database!).Open(), Collections);
        Assert.DoesNotContain(plans, plan => plan.Scans);
        Assert.Empty(HotQueries.IndexesOf("chat_db").Except(plans.SelectMany(plan => plan.Indexes)));
    }

    private async Task<Person> PersonAsync(string name)
    {
        var id = Guid.CreateVersion7();
        await chat.DeliverAsync(new ProfileUpdated(id, name.ToLowerInvariant(), name, null, 1, DateTimeOffset.UtcNow));
        return new Person(id, chat.ClientFor(id));
    }

    /// <summary>Another process of the service writes: this one loses its place, and meets a log that it does not know.</summary>
    private async Task PlanOtherProcessAsync(Person ann, Person cleo, Guid conversation)
    {
        await using var other = await ChatReplica.StartAsync(chat.Database!.ConnectionString);
        await other.Of(ann).SendAsync(conversation, "elsewhere");
        await ann.SendAsync(conversation, "here");
        await ann.SendAsync(await other.Of(ann).StartGroupAsync("Elsewhere", cleo));
    }

    /// <summary>Another process has ended: what it did not publish is looked for.</summary>
    private async Task PlanSweepAsync()
    {
        var checkpoints = ((MongoTestDatabase)chat.Database!).Open().GetCollection<BsonDocument>("checkpoints");
        var ended = new BsonDocument { ["_id"] = new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard), ["publishedBefore"] = DateTime.UtcNow, ["beat"] = long.MaxValue };
        await checkpoints.InsertOneAsync(ended);
        await Wait.UntilAsync(async () => await checkpoints.CountDocumentsAsync(new BsonDocument("_id", ended["_id"])) == 0, "what is left of it is not looked for");
    }

    /// <summary>Many strangers' documents, with the fields that queries are about. Filled before the service starts, whose migrations then meet full collections.</summary>
    private static async Task<ITestDatabase> FullAsync()
    {
        var database = new MongoTestDatabase();
        var (db, now) = (database.Open(), DateTime.UtcNow);
        await db.FillAsync("messages", i => new BsonDocument
        {
            ["_id"] = StoredMessage.Key(Conversation(i), 1 + (i % 100)),
            ["conversationId"] = ManyDocuments.Id(i / 100),
            ["seq"] = 1L + (i % 100),
            ["rev"] = 1L + (i % 100),
            ["counted"] = (long)(i % 100),
            ["memberCount"] = 2,
            ["senderId"] = ManyDocuments.Id(i % 7),
            ["clientMessageId"] = ManyDocuments.Id(i),
            ["text"] = "Long ago.",
            ["sentAt"] = now.AddSeconds(-i),
            ["changedAt"] = now.AddSeconds(-i),
            ["writer"] = ManyDocuments.Id(0),
        }.AddRange(i % 100 == 0 ? new BsonDocument("system", new BsonDocument { ["change"] = "Created", ["kind"] = "Direct", ["members"] = new BsonArray() }) : []));
        await db.FillAsync("conversations", i => new BsonDocument
        {
            ["_id"] = ManyDocuments.Id(i),
            ["kind"] = "Direct",
            ["directKey"] = $"{i}",
            ["createdBy"] = ManyDocuments.Id(i / 50),
            ["createdAt"] = now,
            ["lastActivityAt"] = now,
            ["rev"] = 100L,
            ["counted"] = 99L,
            ["memberCount"] = 2,
            ["membersRev"] = 1L,
        });
        await db.FillAsync("memberships", i => new BsonDocument
        {
            ["_id"] = Memberships.Membership.Key(Conversation(i), new Guid(i, 0, 0, new byte[8])),
            ["conversationId"] = ManyDocuments.Id(i / 100),
            ["userId"] = ManyDocuments.Id(i),
            ["kind"] = "Direct",
            ["role"] = "Member",
            ["active"] = true,
            ["joinedAt"] = now,
            ["rev"] = 1L,
            ["readSeq"] = 1L,
            ["readCounted"] = 0L,
            ["version"] = 1L,
            ["changedAt"] = now.AddSeconds(-i),
            ["writer"] = ManyDocuments.Id(0),
        });
        await db.FillAsync("blocks", i => new BsonDocument
        {
            ["_id"] = $"{new Guid(i / 50, 0, 0, new byte[8])}:{new Guid(i, 0, 0, new byte[8])}",
            ["blockerId"] = ManyDocuments.Id(i / 50),
            ["blockedId"] = ManyDocuments.Id(i),
            ["blocked"] = true,
            ["version"] = 1L,
        });
        await db.FillAsync("user_directory", i => new BsonDocument { ["_id"] = ManyDocuments.Id(i), ["username"] = $"user{i}", ["displayName"] = $"User {i}", ["version"] = 1L });
        return database;
    }

    private static Guid Conversation(int message) => new(message / 100, 0, 0, new byte[8]);

    public sealed class Recorded() : ServiceApi<StartConversation>("chat", FullAsync)
    {
        public MongoPlans Plans { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            Plans.Record(builder, Database!);
        }
    }
}
