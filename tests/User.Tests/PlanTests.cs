using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using ChatApp.Testing;

namespace ChatApp.User.Tests;

public sealed class PlanTests(UserApi user) : IClassFixture<UserApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_route_reads_a_whole_table()
    {
        var (me, friend) = (await user.SignUpAsync("reader_me"), await user.SignUpAsync("reader_friend"));
        await user.QueryAsync(
            """
            INSERT INTO users.profiles (user_id, username, display_name, version, created_at, updated_at)
            SELECT gen_random_uuid(), 'reader_' || i, 'Reader ' || i, 1, now(), now() FROM generate_series(1, 5000) i;
            INSERT INTO users.relationships (user_low, user_high, status, status_at, requester_id, version)
            SELECT least(a.user_id, b.user_id), greatest(a.user_id, b.user_id), 'accepted', now(), a.user_id, 1
            FROM users.profiles a JOIN users.profiles b ON b.username = 'reader_' || (substr(a.username, 8)::int + 1)
            WHERE a.username ~ '^reader_[0-9]+$';
            INSERT INTO users.settings (user_id, chosen, schema_version, version, updated_at)
            SELECT user_id, '{}', 1, 1, now() FROM users.profiles WHERE username ~ '^reader_[0-9]+$';
            ANALYZE users.profiles, users.relationships, users.settings;
            """);
        var plans = new QueryPlans();
        await using var explained = user.WithWebHostBuilder(builder => plans.Record(builder, "user", user.Database!));
        using var client = explained.CreateClient();
        client.DefaultRequestHeaders.Add("dapr-api-token", ServiceApi.AppToken);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(me.Id));

        // Often enough that PostgreSQL would go over to plans that don't look at the values.
        for (var round = 0; round < 8; round++)
        {
            await OkAsync(client.GetAsync("/me", Cancel));
            await OkAsync(client.PatchAsJsonAsync("/me", new { bio = $"Round {round}" }, Cancel));
            await OkAsync(client.GetAsync($"/users/{friend.Id}", Cancel));
            await OkAsync(client.GetAsync("/users?query=reader_1&limit=5", Cancel));
            await OkAsync(client.PostAsJsonAsync("/friend-requests", new { userId = friend.Id }, Cancel));
            await OkAsync(client.GetAsync("/friend-requests", Cancel));
            await OkAsync(client.GetAsync("/friends", Cancel));
            await OkAsync(client.PutAsync($"/blocks/{friend.Id}", null, Cancel));
            await OkAsync(client.GetAsync("/blocks", Cancel));
            await OkAsync(client.DeleteAsync($"/blocks/{friend.Id}", Cancel));
            await OkAsync(client.PatchAsJsonAsync("/settings", new { theme = round % 2 == 0 ? "dark" : "light" }, Cancel));
            await OkAsync(client.GetAsync("/settings", Cancel));
        }

        Assert.Contains(plans.All, plan => plan.Contains("profiles_by_username", StringComparison.Ordinal));
        Assert.Contains(plans.All, plan => plan.Contains("profiles_by_display_name", StringComparison.Ordinal));
        Assert.Empty(plans.ScansOf("profiles", "relationships", "settings"));
    }

    private static async Task OkAsync(Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.True(response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Created or HttpStatusCode.NoContent, response.StatusCode.ToString());
    }
}
