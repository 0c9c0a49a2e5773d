using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.User.Profiles;

/// <summary>Somebody in a list.</summary>
internal sealed record PersonSummary(Guid Id, string Username, string DisplayName, string? AvatarUrl);

/// <summary>Finds people by the beginning of a name: first by user name, then by display name.</summary>
internal sealed class ProfileSearch(NpgsqlDataSource db)
{
    /// <summary>Sorts behind every text that begins with what comes before it.</summary>
    private const string Top = "\U0010FFFF";

    /// <param name="after">Where the part before ended; null for the first part.</param>
    /// <returns>Null when <paramref name="after"/> is none of ours.</returns>
    public async Task<Page<PersonSummary>?> FindAsync(Guid me, string query, string? after, int limit, CancellationToken ct)
    {
        if (!TryStart(after, out var start))
            return null;

        var found = await db.QueryAsync<Row>(
            """
            SELECT found.by_username, found.key, found.id, found.username, found.display_name, found.avatar_url
            FROM (
                SELECT lower(@query COLLATE "und-x-icu") COLLATE "C" AS low, (lower(@query COLLATE "und-x-icu") || @Top) COLLATE "C" AS high
            ) prefix
            CROSS JOIN LATERAL (
                (
                    SELECT TRUE AS by_username, p.username_key AS key, p.user_id AS id, p.username, p.display_name, p.avatar_url
                    FROM searchable_profiles p
                    WHERE p.username_key >= prefix.low AND p.username_key < prefix.high AND p.username_key > @Username
                        AND p.user_id <> @me
                        AND NOT EXISTS (
                            SELECT FROM contacts c
                            WHERE c.user_id = @me AND c.other_id = p.user_id AND (c.blocked_at IS NOT NULL OR c.blocked_by_at IS NOT NULL))
                    ORDER BY p.username_key
                    LIMIT @take
                )
                UNION ALL
                (
                    SELECT FALSE, p.display_name_key, p.user_id, p.username, p.display_name, p.avatar_url
                    FROM searchable_profiles p
                    WHERE p.display_name_key >= prefix.low AND p.display_name_key < prefix.high
                        AND (p.display_name_key, p.user_id) > (@DisplayName, @Id)
                        AND NOT (p.username_key >= prefix.low AND p.username_key < prefix.high)
                        AND p.user_id <> @me
                        AND NOT EXISTS (
                            SELECT FROM contacts c
                            WHERE c.user_id = @me AND c.other_id = p.user_id AND (c.blocked_at IS NOT NULL OR c.blocked_by_at IS NOT NULL))
                    ORDER BY p.display_name_key, p.user_id
                    LIMIT @take
                )
            ) found
            ORDER BY found.by_username DESC, found.key, found.id
            LIMIT @take
            """,
            new { me, query, Top, take = limit + 1, start.Username, start.DisplayName, start.Id },
            ct);

        var page = Page<Row>.Of(found, limit, row => row.ByUsername ? Cursor.Of(row.Key) : Cursor.Of(row.Key, row.Id.ToString()));
        return new([.. page.Items.Select(row => new PersonSummary(row.Id, row.Username, row.DisplayName, row.AvatarUrl))], page.Next);
    }

    private static bool TryStart(string? after, out Start start)
    {
        start = new("", "", Guid.Empty);
        if (after is null)
            return true;

        if (Cursor.TryRead(after, 1, out var username))
            start = start with { Username = username[0] };
        else if (Cursor.TryRead(after, 2, out var name) && Guid.TryParse(name[1], out var id))
            start = new(Top, name[0], id);
        else
            return false;

        return true;
    }

    private sealed record Start(string Username, string DisplayName, Guid Id);

    private sealed record Row(bool ByUsername, string Key, Guid Id, string Username, string DisplayName, string? AvatarUrl);
}
