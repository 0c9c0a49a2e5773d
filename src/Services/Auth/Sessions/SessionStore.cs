using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using Npgsql;

namespace ChatApp.Auth.Sessions;

internal sealed record NewSession(Guid UserId, Guid SessionId, RefreshToken Token, Device Device, DateTimeOffset At);

/// <summary>A session that goes on with <paramref name="Token"/>.</summary>
internal sealed record Continued(Guid UserId, string Username, Guid SessionId, RefreshToken Token);

internal sealed class SessionStore(NpgsqlDataSource db, Succession succession, ILogger<SessionStore> logger)
{
    public Task StartAsync(NewSession session, CancellationToken ct) => db.InTransactionAsync(tx => tx.StartSessionAsync(session, ct), ct);

    /// <summary>
    /// Spends the token for its successor. A token that was spent a moment ago gets the same successor again; one that was spent before ends its session,
    /// because two have it.
    /// </summary>
    /// <returns>Null when the token is good for nothing (any more).</returns>
    public Task<Continued?> RotateAsync(RefreshToken token, DateTimeOffset now, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            if (await FindAndLockAsync(tx, token, ct) is not { } spent || !spent.IsGood(now))
                return null;

            var successor = succession.SuccessorOf(token);
            if (spent.UsedAt is null)
                await ReplaceAsync(tx, spent, successor, now, ct);
            else if (!await IsReplayAsync(tx, spent, successor, now, ct))
            {
                logger.LogWarning("Session {SessionId} of user {UserId} ended: a spent refresh token was used", spent.SessionId, spent.UserId);
                await RevokeAsync(tx, spent, now, ct);
                return null;
            }

            return new Continued(spent.UserId, spent.Username, spent.SessionId, successor);
        }, ct);

    /// <summary>Ends the session that the token belongs to; a token that is unknown or whose session has ended changes nothing.</summary>
    public Task EndAsync(RefreshToken token, DateTimeOffset now, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            if (await FindAndLockAsync(tx, token, ct) is { RevokedAt: null } found)
                await RevokeAsync(tx, found, now, ct);
        }, ct);

    /// <summary>Forgets tokens that have expired: nothing can be done with them, nor found out from them.</summary>
    public Task<int> ForgetExpiredAsync(DateTimeOffset now, CancellationToken ct) =>
        db.ExecuteAsync("DELETE FROM refresh_tokens WHERE expires_at < @now", new { now }, ct);

    private static async Task<StoredToken?> FindAndLockAsync(NpgsqlTransaction tx, RefreshToken token, CancellationToken ct)
    {
        // What happens to one user's sessions happens one after the other: the lock comes first, and what is read then is final.
        var hash = token.Hash;
        await tx.ExecuteAsync(
            "SELECT FROM users WHERE id = (SELECT user_id FROM refresh_tokens WHERE token_hash = @hash) FOR NO KEY UPDATE", new { hash }, ct);

        return await tx.QuerySingleOrDefaultAsync<StoredToken>(
            """
            SELECT t.id, t.user_id, u.username, u.status = 'active' AS active, t.session_id, t.replaced_by, t.used_at, t.revoked_at, t.expires_at,
                t.session_expires_at, t.device_name, t.address
            FROM refresh_tokens t
            JOIN users u ON u.id = t.user_id
            WHERE t.token_hash = @hash
            """,
            new { hash },
            ct);
    }

    private static async Task ReplaceAsync(NpgsqlTransaction tx, StoredToken spent, RefreshToken successor, DateTimeOffset now, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(now);
        await tx.ExecuteAsync("UPDATE refresh_tokens SET used_at = @now, replaced_by = @id WHERE id = @spent", new { spent = spent.Id, id, now }, ct);
        await tx.InsertTokenAsync(
            new NewToken(
                id, spent.UserId, spent.SessionId, spent.Id, successor.Hash, now, SessionLimits.IdleEnd(now, spent.SessionExpiresAt),
                spent.SessionExpiresAt, spent.DeviceName, spent.Address),
            ct);
    }

    private static async Task<bool> IsReplayAsync(NpgsqlTransaction tx, StoredToken spent, RefreshToken successor, DateTimeOffset now, CancellationToken ct) =>
        now - spent.UsedAt <= SessionLimits.ReplayGrace
        && await tx.QuerySingleOrDefaultAsync<bool>(
            "SELECT used_at IS NULL AND token_hash = @hash FROM refresh_tokens WHERE id = @id", new { id = spent.ReplacedBy, hash = successor.Hash }, ct);

    private static async Task RevokeAsync(NpgsqlTransaction tx, StoredToken token, DateTimeOffset now, CancellationToken ct)
    {
        await tx.ExecuteAsync(
            "UPDATE refresh_tokens SET revoked_at = @now WHERE session_id = @SessionId AND revoked_at IS NULL", new { token.SessionId, now }, ct);
        await tx.EnqueueAsync(new SessionRevoked(token.UserId, token.SessionId, now), now, ct);
    }

    private sealed record StoredToken(
        Guid Id, Guid UserId, string Username, bool Active, Guid SessionId, Guid? ReplacedBy, DateTimeOffset? UsedAt, DateTimeOffset? RevokedAt,
        DateTimeOffset ExpiresAt, DateTimeOffset SessionExpiresAt, string? DeviceName, string? Address)
    {
        public bool IsGood(DateTimeOffset now) => Active && RevokedAt is null && now < ExpiresAt;
    }
}
