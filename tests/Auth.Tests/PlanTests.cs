using System.Net.Http.Json;
using ChatApp.Testing;
using Microsoft.AspNetCore.Hosting;

namespace ChatApp.Auth.Tests;

/// <summary>The plans of what the service asks, among 100,000 rows.</summary>
public sealed class PlanTests(PlanTests.Recorded auth) : IClassFixture<PlanTests.Recorded>
{
    private const string Rows =
        """
        INSERT INTO users (id, email, username, password_hash, created_at)
        SELECT gen_random_uuid(), i || '@example.org', 'name_' || i, '$argon2id$', now() FROM generate_series(1, 100000) i;
        INSERT INTO refresh_tokens (id, user_id, session_id, token_hash, issued_at, expires_at, session_expires_at)
        SELECT gen_random_uuid(), id, gen_random_uuid(), sha256(id::text::bytea), now(), now() + interval '1 day', now() + interval '2 days' FROM users
        """;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Nothing_that_a_route_or_a_background_task_asks_reads_a_whole_table()
    {
        // Often enough that PostgreSQL would go over to plans that don't look at the values.
        for (var round = 0; round < 8; round++)
        {
            var name = AuthApi.Unique("plan");
            await SendAsync("register", new { email = $"{name}@example.org", username = name, password = AuthApi.Password });
            var signedIn = await AuthApi.ReadAsync<SignedIn>(await SendAsync("login", new { email = $"{name}@example.org", password = AuthApi.Password }));
            var refreshed = await AuthApi.ReadAsync<SignedIn>(await SendAsync("refresh", new { refreshToken = signedIn.RefreshToken }));
            await SendAsync("refresh", new { refreshToken = signedIn.RefreshToken });
            await SendAsync("logout", new { refreshToken = refreshed.RefreshToken });
        }

        await Wait.UntilAsync(() => auth.Plans.All.Any(plan => plan.Contains("DELETE FROM outbox_events", StringComparison.Ordinal)), "The relay told nothing.");
        await Wait.UntilAsync(() => auth.Plans.All.Any(plan => plan.Contains("DELETE FROM refresh_tokens", StringComparison.Ordinal)), "Nothing was swept.");

        Assert.Empty(auth.Plans.ScansOf("users", "refresh_tokens", "outbox_events", "inbox_events"));
        Assert.Empty(HotQueries.IndexesOf("auth_db").Except(auth.Plans.Indexes));
    }

    private async Task<HttpResponseMessage> SendAsync(string what, object body)
    {
        var response = await auth.Client.PostAsJsonAsync($"/auth/{what}", body, Cancel);
        Assert.True(response.IsSuccessStatusCode, $"{what}: {response.StatusCode}");
        return response;
    }

    public sealed class Recorded() : AuthApi(() => FullDatabase.PostgresAsync(typeof(Auth.Accounts.Register).Assembly, "auth", Rows), [])
    {
        public QueryPlans Plans { get; } = new();

        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            base.ConfigureWebHost(builder);
            Plans.Record(builder, "auth", Database!);
        }
    }
}
