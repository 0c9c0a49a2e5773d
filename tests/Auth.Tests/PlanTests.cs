using System.Net.Http.Json;
using ChatApp.Testing;

namespace ChatApp.Auth.Tests;

public sealed class PlanTests(AuthApi auth) : IClassFixture<AuthApi>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_route_reads_a_whole_table()
    {
        await auth.ScalarAsync<long>(
            """
            INSERT INTO auth.users (id, email, username, password_hash, created_at)
            SELECT gen_random_uuid(), i || '@example.org', 'name_' || i, '$argon2id$', now() FROM generate_series(1, 5000) i;
            INSERT INTO auth.refresh_tokens (id, user_id, session_id, token_hash, issued_at, expires_at, session_expires_at)
            SELECT gen_random_uuid(), id, gen_random_uuid(), sha256(id::text::bytea), now(), now() + interval '1 day', now() + interval '2 days' FROM auth.users;
            ANALYZE auth.users, auth.refresh_tokens;
            SELECT count(*) FROM auth.users;
            """);
        var plans = new QueryPlans();
        await using var explained = auth.WithWebHostBuilder(builder => plans.Record(builder, "auth", auth.Database!));
        using var client = explained.CreateClient();
        client.DefaultRequestHeaders.Add("dapr-api-token", ServiceApi.AppToken);

        // Often enough that PostgreSQL would go over to plans that don't look at the values.
        for (var round = 0; round < 8; round++)
        {
            var name = AuthApi.Unique("plan");
            await SendAsync("register", new { email = $"{name}@example.org", username = name, password = AuthApi.Password });
            var signedIn = await AuthApi.ReadAsync<SignedIn>(await SendAsync("login", new { email = $"{name}@example.org", password = AuthApi.Password }));
            var refreshed = await AuthApi.ReadAsync<SignedIn>(await SendAsync("refresh", new { refreshToken = signedIn.RefreshToken }));
            await SendAsync("logout", new { refreshToken = refreshed.RefreshToken });
        }

        Assert.Contains(plans.All, plan => plan.Contains("users_by_email", StringComparison.Ordinal));
        Assert.Empty(plans.ScansOf("users", "refresh_tokens"));

        async Task<HttpResponseMessage> SendAsync(string what, object body)
        {
            var response = await client.PostAsJsonAsync($"/auth/{what}", body, Cancel);
            Assert.True(response.IsSuccessStatusCode, $"{what}: {response.StatusCode}");
            return response;
        }
    }
}
