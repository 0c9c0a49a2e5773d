using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.User.Relationships;

internal sealed record Friend(Guid Id, string Username, string DisplayName, string? AvatarUrl, DateTimeOffset Since);

internal enum RequestDirection
{
    Incoming,
    Outgoing,
}

internal sealed record FriendRequest(
    Guid Id, string Username, string DisplayName, string? AvatarUrl, RequestDirection Direction, DateTimeOffset RequestedAt);

internal sealed record BlockedUser(Guid Id, string Username, string DisplayName, string? AvatarUrl, DateTimeOffset BlockedAt);

/// <summary>Who is what to a user, the newest first.</summary>
internal sealed class ContactStore(NpgsqlDataSource db)
{
    public async Task<Page<Friend>> FriendsAsync(Guid me, Place after, int limit, CancellationToken ct) => Page<Friend>.Of(
        await db.QueryAsync<Friend>(
            """
            SELECT p.user_id AS id, p.username, p.display_name, p.avatar_url, c.status_at AS since
            FROM contacts c
            JOIN profiles p ON p.user_id = c.other_id
            WHERE c.user_id = @me AND c.status = 'accepted' AND (c.status_at, c.other_id) < (@At, @Id)
            ORDER BY c.status_at DESC, c.other_id DESC
            LIMIT @take
            """,
            new { me, after.At, after.Id, take = limit + 1 },
            ct),
        limit,
        friend => Place.CursorOf(friend.Since, friend.Id));

    public async Task<Page<FriendRequest>> RequestsAsync(Guid me, Place after, int limit, CancellationToken ct) => Page<FriendRequest>.Of(
        await db.QueryAsync<FriendRequest>(
            """
            SELECT p.user_id AS id, p.username, p.display_name, p.avatar_url,
                CASE WHEN c.requester_id = @me THEN 'outgoing' ELSE 'incoming' END AS direction, c.status_at AS requested_at
            FROM contacts c
            JOIN profiles p ON p.user_id = c.other_id
            WHERE c.user_id = @me AND c.status = 'pending' AND (c.status_at, c.other_id) < (@At, @Id)
            ORDER BY c.status_at DESC, c.other_id DESC
            LIMIT @take
            """,
            new { me, after.At, after.Id, take = limit + 1 },
            ct),
        limit,
        request => Place.CursorOf(request.RequestedAt, request.Id));

    public async Task<Page<BlockedUser>> BlocksAsync(Guid me, Place after, int limit, CancellationToken ct) => Page<BlockedUser>.Of(
        await db.QueryAsync<BlockedUser>(
            """
            SELECT p.user_id AS id, p.username, p.display_name, p.avatar_url, c.blocked_at
            FROM contacts c
            JOIN profiles p ON p.user_id = c.other_id
            WHERE c.user_id = @me AND c.blocked_at IS NOT NULL AND (c.blocked_at, c.other_id) < (@At, @Id)
            ORDER BY c.blocked_at DESC, c.other_id DESC
            LIMIT @take
            """,
            new { me, after.At, after.Id, take = limit + 1 },
            ct),
        limit,
        blocked => Place.CursorOf(blocked.BlockedAt, blocked.Id));
}
