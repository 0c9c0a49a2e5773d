using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests;

/// <summary>The plans of what the service asks, among 100,000 documents.</summary>
public sealed class PlanTests(PlanTests.Recorded notifications) : IClassFixture<PlanTests.Recorded>
{
    private static readonly string[] Collections =
        ["notifications", "memberships", "conversations", "blocks", "notification_preferences", "user_directory"];

    /// <summary>Whose inbox has the entries of 5,000 conversations.</summary>
    private static readonly Guid Busy = Guid.CreateVersion7();

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IMongoDatabase Db => ((MongoTestDatabase)notifications.Database!).Open();

    [Fact]
    public async Task Nothing_that_a_route_an_event_or_a_background_task_asks_reads_a_whole_collection()
    {
        var now = DateTimeOffset.UtcNow;
        await notifications.HearAsync(new ProfileUpdated(_alice, "alice", "Alice", null, 1, now));
        await notifications.HearAsync(new BlockChanged(_bob, _alice, Blocked: false, 1, now));
        Conversation[] conversations = [.. Enumerable.Range(0, 100).Select(_ => Conversation.Direct(_alice, _bob))];
        await notifications.HearTogetherAsync(conversations.Select(conversation => conversation.Begin));
        await notifications.HearAsync(conversations[0].Mute(_bob, until: null, version: 2));
        await notifications.HearTogetherAsync(conversations.Select(conversation => conversation.Say(_alice)));
        await notifications.HearAsync(conversations[0].Read(_bob, 2));
        await notifications.HearAsync(new FriendRequested(_alice, _bob, 2, now));

        using var client = notifications.ClientFor(_bob);
        await client.GetStringAsync("/notifications", Cancel);
        await client.GetStringAsync($"/notifications?before={(await notifications.InboxAsync(_bob, "?limit=1")).Next}", Cancel);
        await client.GetStringAsync("/notifications/unread-count", Cancel);
        await client.GetStringAsync("/notification-preferences", Cancel);
        await notifications.ToldAsync(_bob, entry => entry.Kind == "friend_request");
        foreach (var id in (string[])[$"{conversations[1].Id}/", $"{Guid.CreateVersion7()}/", ""])
            using (await notifications.PutAsync(_bob, $"/notifications/{id}read")) { }
        using (await notifications.PutAsync(_bob, "/notification-preferences", new { message = true, friendRequest = true, friendAccepted = true })) { }
        await LeftBehindAsync();

        Assert.Equal(Collections.Order(StringComparer.Ordinal), notifications.Plans.Collections.Intersect(Collections));
        var plans = await notifications.Plans.ExplainAsync(Db, Collections);
        Assert.DoesNotContain(plans, plan => plan.Scans);
        Assert.Empty(HotQueries.IndexesOf("notification_db").Except(plans.SelectMany(plan => plan.Indexes)));
    }

    [Fact]
    public async Task A_page_of_a_large_inbox_reads_no_more_than_it_shows()
    {
        var page = await notifications.InboxAsync(Busy);
        await notifications.InboxAsync(Busy, $"?before={page.Next}");

        var asked = OfMemberships("find").Where(command => command.TryGetValue("sort", out var order) && order.AsBsonDocument.Contains("updatedAt")).ToList();
        Assert.Equal(2, asked.Count);
        foreach (var command in asked)
            Assert.InRange(await ExaminedAsync(command), 31, 100);
    }

    [Fact]
    public async Task Counting_what_is_unread_reads_what_is_unread()
    {
        Assert.Equal(10, await notifications.UnreadAsync(Busy));

        Assert.InRange(await ExaminedAsync(Assert.Single(OfMemberships("aggregate"))), 0, 100);
    }

    [Fact]
    public async Task Old_notifications_are_deleted_by_the_store_itself()
    {
        using var indexes = await Db.GetCollection<BsonDocument>("notifications").Indexes.ListAsync(Cancel);

        var expiry = Assert.Single(await indexes.ToListAsync(Cancel), index => index.Contains("expireAfterSeconds"));
        Assert.Equal(new BsonDocument("updatedAt", 1), expiry["key"]);
        Assert.Equal(TimeSpan.FromDays(90).TotalSeconds, expiry["expireAfterSeconds"].ToDouble());
    }

    [Theory]
    [InlineData("notification_preferences", """{ "message": "loud" }""")]
    [InlineData("memberships", """{ "conversationId": 1, "userId": 2, "unread": "yes" }""")]
    [InlineData("notifications", """{ "userId": 1, "unread": true }""")]
    public async Task The_store_takes_no_document_that_the_service_could_not_read(string collection, string document)
    {
        var documents = Db.GetCollection<BsonDocument>(collection);

        var refused = await Assert.ThrowsAsync<MongoWriteException>(
            () => documents.InsertOneAsync(BsonDocument.Parse(document).Add("_id", ManyDocuments.Id(-1)), cancellationToken: Cancel));

        Assert.Equal(121, refused.WriteError.Code);
    }

    private IEnumerable<BsonDocument> OfMemberships(string name) =>
        notifications.Plans.Commands.Where(command => command.GetElement(0).Name == name && command[0] == "memberships");

    private async Task<int> ExaminedAsync(BsonDocument command)
    {
        var explain = new BsonDocument { ["explain"] = command, ["verbosity"] = "executionStats" };
        var plan = await Db.RunCommandAsync<BsonDocument>(explain, cancellationToken: Cancel);
        return plan["executionStats"]["totalDocsExamined"].ToInt32();
    }

    /// <summary>What a crash of another process has left is looked for.</summary>
    private async Task LeftBehindAsync()
    {
        var checkpoints = Db.GetCollection<BsonDocument>("checkpoints");
        var id = new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard);
        var dead = new BsonDocument { ["_id"] = id, ["publishedBefore"] = DateTime.UtcNow, ["beat"] = long.MaxValue };
        await checkpoints.InsertOneAsync(dead, cancellationToken: Cancel);
        await Wait.UntilAsync(
            async () => !await checkpoints.Find(new BsonDocument("_id", id)).AnyAsync(Cancel), "what a dead process left was not looked for");
    }

    /// <summary>
    /// Many strangers' documents, with the fields that queries are about. Filled before the service starts, whose migrations then meet full collections.
    /// </summary>
    private static async Task<ITestDatabase> FullAsync()
    {
        var database = new MongoTestDatabase();
        var db = database.Open();
        foreach (var collection in Collections)
            await db.FillAsync(collection, i => Document(collection, i));
        return database;
    }

    private static BsonDocument Document(string collection, int i)
    {
        // The busy one is in one conversation of twenty.
        var conversation = ManyDocuments.Id(i / 20);
        var user = i % 20 == 0 ? new BsonBinaryData(Busy, GuidRepresentation.Standard) : ManyDocuments.Id(i % 1000);
        var at = DateTime.UtcNow.AddSeconds(-i);
        return new BsonDocument
        {
            ["_id"] = collection switch
            {
                "notifications" => new BsonDocument { ["userId"] = ManyDocuments.Id(i / 50), ["notificationId"] = ManyDocuments.Id(i) },
                "memberships" => new BsonDocument { ["conversationId"] = conversation, ["userId"] = user },
                "blocks" => new BsonDocument { ["blockerId"] = ManyDocuments.Id(i / 50), ["blockedId"] = ManyDocuments.Id(i) },
                _ => ManyDocuments.Id(i),
            },
            ["userId"] = collection == "memberships" ? user : ManyDocuments.Id(i / 50),
            ["conversationId"] = conversation,
            ["member"] = new BsonDocument { ["role"] = "member", ["active"] = true, ["rev"] = 1L },
            ["last"] = new BsonDocument { ["seq"] = 2L, ["rev"] = 2L, ["counted"] = 1L, ["actorId"] = user, ["title"] = "Title", ["sentAt"] = at },
            ["unread"] = i % 10_000 == 0,
            ["updatedAt"] = at,
            ["changedAt"] = at,
            ["writer"] = ManyDocuments.Id(0),
            ["blocked"] = true,
            ["version"] = 1L,
            ["message"] = true,
            ["friendRequest"] = true,
            ["friendAccepted"] = true,
        };
    }

    public sealed class Recorded() : NotificationApi(FullAsync)
    {
        public MongoPlans Plans { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            Plans.Record(builder, Database!);
        }
    }
}
