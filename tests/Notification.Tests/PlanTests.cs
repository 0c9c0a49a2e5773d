using ChatApp.Contracts;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Tests;

/// <summary>The plans of what the service asks, among 100,000 documents.</summary>
public sealed class PlanTests(PlanTests.Recorded notifications) : IClassFixture<PlanTests.Recorded>
{
    private static readonly string[] Collections = ["notifications", "memberships", "blocks", "notification_preferences", "user_directory"];

    private readonly Guid _alice = Guid.CreateVersion7(), _bob = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_a_route_an_event_or_a_background_task_asks_reads_a_whole_collection()
    {
        var db = ((MongoTestDatabase)notifications.Database!).Open();
        var (lunch, now) = (Conversation.Direct(_alice, _bob), DateTimeOffset.UtcNow);
        await DeliverAsync(new ProfileUpdated(_alice, "alice", "Alice", null, 1, now));
        await DeliverAsync(new BlockChanged(_bob, _alice, Blocked: false, 1, now));
        await DeliverAsync(lunch.Mute(_bob, until: null, version: 1));
        await DeliverAsync(lunch.Say(_alice));
        await DeliverAsync(lunch.Say(_alice));
        await DeliverAsync(lunch.Read(_bob, 1));
        await DeliverAsync(new FriendRequested(_alice, _bob, 2, now));

        using var client = notifications.ClientFor(_bob);
        await client.GetStringAsync("/notifications", Cancel);
        await client.GetStringAsync($"/notifications?before={Guid.CreateVersion7()}", Cancel);
        await client.GetStringAsync("/notifications/unread-count", Cancel);
        await client.GetStringAsync("/notification-preferences", Cancel);
        await notifications.Published.NextAsync<NotificationCreated>(created => created.Kind == "friend_request");
        foreach (var path in (string[])["/notifications/read", $"/notifications/{Guid.CreateVersion7()}/read"])
            using (await client.PutAsync(path, null, Cancel)) { }
        using (await client.PutAsync("/notification-preferences", new StringContent("""{"message":true,"friendRequest":true,"friendAccepted":true}""", null, "application/json"), Cancel)) { }

        Assert.Equal(Collections.Order(StringComparer.Ordinal), notifications.Plans.Collections.Intersect(Collections));
        var plans = await notifications.Plans.ExplainAsync(db, Collections);
        Assert.DoesNotContain(plans, plan => plan.Scans);
        Assert.Empty(HotQueries.IndexesOf("notification_db").Except(plans.SelectMany(plan => plan.Indexes)));
    }

    [Fact]
    public async Task Old_notifications_are_deleted_by_the_store_itself()
    {
        using var indexes = await ((MongoTestDatabase)notifications.Database!).Open().GetCollection<BsonDocument>("notifications").Indexes.ListAsync(Cancel);

        var expiry = Assert.Single(await indexes.ToListAsync(Cancel), index => index.Contains("expireAfterSeconds"));
        Assert.Equal(new BsonDocument("createdAt", 1), expiry["key"]);
        Assert.Equal(TimeSpan.FromDays(90).TotalSeconds, expiry["expireAfterSeconds"].ToDouble());
    }

    [Fact]
    public async Task The_store_takes_no_document_that_the_service_could_not_read()
    {
        var preferences = ((MongoTestDatabase)notifications.Database!).Open().GetCollection<BsonDocument>("notification_preferences");

        var refused = await Assert.ThrowsAsync<MongoWriteException>(
            () => preferences.InsertOneAsync(new BsonDocument { ["_id"] = ManyDocuments.Id(-1), ["message"] = "loud" }, cancellationToken: Cancel));

        Assert.Equal(121, refused.WriteError.Code);
    }

    private async Task DeliverAsync<T>(T @event)
        where T : IEvent
    {
        using var response = await notifications.DeliverAsync(@event);
        response.EnsureSuccessStatusCode();
    }

    /// <summary>Many strangers' documents, with the fields that queries are about. Filled before the service starts, whose migrations then meet full collections.</summary>
    private static async Task<ITestDatabase> FullAsync()
    {
        var database = new MongoTestDatabase();
        var db = database.Open();
        foreach (var collection in Collections)
        {
            await db.FillAsync(collection, i => new BsonDocument
            {
                ["_id"] = collection switch
                {
                    "notifications" => new BsonDocument { ["userId"] = ManyDocuments.Id(i / 50), ["notificationId"] = ManyDocuments.Id(i) },
                    "memberships" => new BsonDocument { ["conversationId"] = ManyDocuments.Id(i / 50), ["userId"] = ManyDocuments.Id(i) },
                    "blocks" => new BsonDocument { ["blockerId"] = ManyDocuments.Id(i / 50), ["blockedId"] = ManyDocuments.Id(i) },
                    _ => ManyDocuments.Id(i),
                },
                ["userId"] = ManyDocuments.Id(i / 50),
                ["conversationId"] = ManyDocuments.Id(i % 50),
                ["seq"] = i + 1L,
                ["unread"] = i % 5 == 0,
                ["createdAt"] = DateTime.UtcNow,
                ["version"] = 1L,
                ["message"] = true,
                ["friendRequest"] = true,
                ["friendAccepted"] = true,
            });
        }

        return database;
    }

    public sealed class Recorded() : ServiceApi<Program>("notification", FullAsync)
    {
        public MongoPlans Plans { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            Plans.Record(builder, Database!);
        }
    }
}
