using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using Npgsql;

namespace ChatApp.User.Profiles;

internal sealed class ProfileStore(NpgsqlDataSource db)
{
    /// <summary>Makes the profile of a new user.</summary>
    public Task HandleAsync(Received<UserRegistered> received, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            if (!await tx.TryAcceptAsync(received, ct))
                return;

            var user = received.Event;
            var made = await tx.ExecuteAsync(
                """
                INSERT INTO profiles (user_id, username, display_name, version, created_at, updated_at)
                VALUES (@UserId, @Username, @DisplayName, 1, @RegisteredAt, @RegisteredAt)
                ON CONFLICT (user_id) DO NOTHING
                """,
                user,
                ct);
            if (made == 1)
                await tx.EnqueueAsync(new ProfileUpdated(user.UserId, user.Username, user.DisplayName, null, 1, user.RegisteredAt), user.RegisteredAt, ct);
        }, ct);

    public Task<Profile?> FindAsync(Guid id, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<Profile>(
            """
            SELECT user_id AS id, username, display_name, avatar_url, bio, visibility, version, created_at, updated_at
            FROM profiles
            WHERE user_id = @id
            """,
            new { id },
            ct);

    /// <returns>The profile as it is now; null when there is none.</returns>
    public Task<Profile?> ChangeAsync(Guid id, Func<Profile, Profile> change, DateTimeOffset now, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            var before = await tx.QuerySingleOrDefaultAsync<Profile>(
                """
                SELECT user_id AS id, username, display_name, avatar_url, bio, visibility, version, created_at, updated_at
                FROM profiles
                WHERE user_id = @id
                FOR NO KEY UPDATE
                """,
                new { id },
                ct);
            if (before is null || change(before) == before)
                return before;

            var after = change(before) with { Version = before.Version + 1, UpdatedAt = now };
            await tx.ExecuteAsync(
                """
                UPDATE profiles
                SET display_name = @DisplayName, avatar_url = @AvatarUrl, bio = @Bio, visibility = @visibility, version = @Version, updated_at = @UpdatedAt
                WHERE user_id = @Id
                """,
                new
                {
                    after.Id,
                    after.DisplayName,
                    after.AvatarUrl,
                    after.Bio,
                    visibility = after.Visibility == Visibility.Private ? "private" : "public",
                    after.Version,
                    after.UpdatedAt,
                },
                ct);
            await tx.EnqueueAsync(new ProfileUpdated(id, after.Username, after.DisplayName, after.AvatarUrl, after.Version, now), now, ct);
            return after;
        }, ct);

    /// <summary>Null for who does not exist and for who has blocked the caller: the two must not be told apart.</summary>
    public Task<Person?> FindForAsync(Guid me, Guid id, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<Person>(
            """
            SELECT p.user_id AS id, p.username, p.display_name, p.avatar_url,
                CASE WHEN p.visibility = 'public' OR p.user_id = @me OR c.status = 'accepted' THEN p.bio END AS bio,
                CASE
                    WHEN c.status = 'accepted' THEN 'Friends'
                    WHEN c.status = 'pending' AND c.requester_id = @me THEN 'RequestSent'
                    WHEN c.status = 'pending' THEN 'RequestReceived'
                    ELSE 'None'
                END AS friendship,
                c.blocked_at IS NOT NULL AS blocked
            FROM profiles p
            LEFT JOIN contacts c ON c.user_id = @me AND c.other_id = p.user_id
            WHERE p.user_id = @id AND c.blocked_by_at IS NULL
            """,
            new { me, id },
            ct);
}
