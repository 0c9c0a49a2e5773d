using System.Net;
using System.Net.Http.Json;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;

namespace ChatApp.User.Tests;

/// <summary>The plans of what the service asks, among 100,000 rows.</summary>
public sealed class PlanTests(PlanTests.Recorded user) : IClassFixture<PlanTests.Recorded>
{
    private const string Rows =
        """
        INSERT INTO profiles (user_id, username, display_name, version, created_at, updated_at)
        SELECT gen_random_uuid(), 'reader_' || i, 'Reader ' || i, 1, now(), now() FROM generate_series(1, 100000) i;
        INSERT INTO relationships (user_low, user_high, status, status_at, requester_id, version)
        SELECT least(user_id, next), greatest(user_id, next), 'accepted', now(), user_id, 1
        FROM (SELECT user_id, lead(user_id) OVER (ORDER BY username) AS next FROM profiles) pairs
        WHERE next IS NOT NULL;
        INSERT INTO settings (user_id, chosen, schema_version, version, updated_at)
        SELECT user_id, CASE WHEN username LIKE '%7' THEN '{"discoverable": false}' ELSE '{}' END::jsonb, 1, 1, now() FROM profiles
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_a_route_an_event_or_a_background_task_asks_reads_a_whole_table()
    {
        var (me, friend) = (await user.SignUpAsync("plan_me"), await user.SignUpAsync("plan_friend"));

        // Often enough that PostgreSQL would go over to plans that don't look at the values.
        for (var round = 0; round < 8; round++)
        {
            await OkAsync(me.Client.GetAsync("/me", Cancel));
            await OkAsync(me.Client.PatchAsJsonAsync("/me", new { bio = $"Round {round}" }, Cancel));
            await OkAsync(me.Client.GetAsync($"/users/{friend.Id}", Cancel));
            await OkAsync(me.Client.GetAsync("/users?query=reader_1&limit=5", Cancel));
            await OkAsync(me.Client.PostAsJsonAsync("/friend-requests", new { userId = friend.Id }, Cancel));
            await OkAsync(me.Client.GetAsync("/friend-requests", Cancel));
            await OkAsync(friend.Client.PostAsync($"/friend-requests/{me.Id}/accept", null, Cancel));
            await OkAsync(me.Client.GetAsync("/friends", Cancel));
            await OkAsync(me.Client.PutAsync($"/blocks/{friend.Id}", null, Cancel));
            await OkAsync(me.Client.GetAsync("/blocks", Cancel));
            await OkAsync(me.Client.DeleteAsync($"/blocks/{friend.Id}", Cancel));
            await OkAsync(me.Client.PatchAsJsonAsync("/settings", new { theme = round % 2 == 0 ? "dark" : "light" }, Cancel));
            await OkAsync(me.Client.GetAsync("/settings", Cancel));
        }

        await Wait.UntilAsync(() => user.Plans.All.Any(plan => plan.Contains("DELETE FROM outbox_events", StringComparison.Ordinal)), "The relay told nothing.");

        Assert.Empty(user.Plans.ScansOf("profiles", "relationships", "settings", "outbox_events", "inbox_events"));
        Assert.Empty(HotQueries.IndexesOf("user_db").Except(user.Plans.Indexes));
    }

    private static async Task OkAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent, response.StatusCode.ToString());
    }

    public sealed class Recorded() : UserApi(() => FullDatabase.PostgresAsync(typeof(User.Profiles.ChangeProfile).Assembly, "users", Rows))
    {
        public QueryPlans Plans { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            Plans.Record(builder, "user", Database!);
        }
    }
}
