using System.Runtime.CompilerServices;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using Dapper;
using Npgsql;

namespace ChatApp.User;

/// <summary>What other services keep copies of, for them to compare: each statement reads the state of one moment.</summary>
internal sealed class OwnedStates(NpgsqlDataSource db)
{
    public OwnedState Profiles => new("profiles", ProfilesAsync);

    public OwnedState Blocks => new("blocks", BlocksAsync);

    private async IAsyncEnumerable<OutboxEvent> ProfilesAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        var profiles = connection.QueryUnbufferedAsync<ProfileUpdated>(
            "SELECT user_id, username, display_name, avatar_url, version, updated_at FROM profiles ORDER BY user_id", commandTimeout: 0);
        await foreach (var profile in profiles.WithCancellation(ct))
            yield return OutboxEvent.From(profile, profile.UpdatedAt);
    }

    /// <summary>Both directions of each pair, with the pair's version: no block was changed in a later one.</summary>
    private async IAsyncEnumerable<OutboxEvent> BlocksAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        var blocks = connection.QueryUnbufferedAsync<BlockChanged>(
            """
            SELECT d.blocker_id, d.blocked_id, d.since IS NOT NULL AS blocked, r.version, coalesce(d.since, r.status_at) AS changed_at
            FROM relationships r
            CROSS JOIN LATERAL (VALUES (r.user_low, r.user_high, r.low_blocked_at), (r.user_high, r.user_low, r.high_blocked_at)) AS d (blocker_id, blocked_id, since)
            """,
            commandTimeout: 0);
        await foreach (var block in blocks.WithCancellation(ct))
            yield return OutboxEvent.From(block, block.ChangedAt);
    }
}

internal static class OwnedStateSetup
{
    public static void AddOwnedStates(this IServiceCollection services)
    {
        services.AddSingleton<OwnedStates>();
        services.AddSingleton(provider => provider.GetRequiredService<OwnedStates>().Profiles);
        services.AddSingleton(provider => provider.GetRequiredService<OwnedStates>().Blocks);
    }
}
