using System.Globalization;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.User.Relationships;
using ChatApp.User.Settings;
using Npgsql;

namespace ChatApp.User;

/// <summary>Profiles, relationships and settings for demonstrations: all of them or none.</summary>
internal sealed class UserSeed(NpgsqlDataSource db) : ISeed
{
    public async Task<Holding> HoldsAsync(object first, CancellationToken ct) => Holdings.Of(
        await db.QuerySingleOrDefaultAsync<bool>("SELECT EXISTS (SELECT FROM profiles)", null, ct),
        first is UserRegistered user && await db.QuerySingleOrDefaultAsync<bool>("SELECT EXISTS (SELECT FROM profiles WHERE user_id = @UserId)", user, ct));

    public async Task<IReadOnlyList<string>> StoreAsync(IAsyncEnumerable<object> history, Action<string> progress, CancellationToken ct)
    {
        List<UserRegistered> users = [];
        List<SettingsUpdated> settings = [];
        Dictionary<string, Pair> pairs = [];
        await foreach (var told in history.WithCancellation(ct))
        {
            switch (told)
            {
                case UserRegistered user:
                    users.Add(user);
                    break;
                case SettingsUpdated chosen:
                    settings.Add(chosen);
                    break;
                case FriendRequested asked:
                    Change(asked.Key, asked.RequesterId, asked.AddresseeId, asked.RequestedAt, pair => pair.Request(asked.RequesterId, asked.RequestedAt));
                    break;
                case FriendAccepted answered:
                    Change(answered.Key, answered.RequesterId, answered.AddresseeId, answered.AcceptedAt, pair => pair.Accept(answered.AddresseeId, answered.AcceptedAt));
                    break;
                case BlockChanged { Blocked: true } block:
                    Change(block.Key, block.BlockerId, block.BlockedId, block.ChangedAt, pair => pair.Block(block.BlockerId, block.ChangedAt));
                    break;
            }
        }

        await db.InTransactionAsync(async tx =>
        {
            await StoreProfilesAsync(tx, users, ct);
            await StorePairsAsync(tx, pairs.Values, ct);
            await StoreSettingsAsync(tx, settings, ct);
        }, ct);
        string[] stored = [Say(users.Count, "profiles"), Say(pairs.Count, "relationships"), Say(settings.Count, "settings")];
        foreach (var line in stored)
            progress(line);
        return stored;

        // By the same rules as if they had asked.
        void Change(string key, Guid a, Guid b, DateTimeOffset at, Func<Pair, Verdict> change)
        {
            var verdict = change(pairs.GetValueOrDefault(key) ?? Pair.Strangers(a, b, at));
            if (verdict.Outcome is Outcome.Changed)
                pairs[key] = verdict.Steps[^1];
        }
    }

    private static string Say(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {what}");

    private static Task<int> StoreProfilesAsync(NpgsqlTransaction tx, List<UserRegistered> users, CancellationToken ct) => tx.ExecuteAsync(
        """
        INSERT INTO profiles (user_id, username, display_name, version, created_at, updated_at)
        SELECT user_id, username, display_name, 1, at, at
        FROM unnest(@ids, @usernames, @names, @times) AS told (user_id, username, display_name, at)
        ON CONFLICT (user_id) DO NOTHING
        """,
        new
        {
            ids = users.Select(user => user.UserId).ToArray(),
            usernames = users.Select(user => user.Username).ToArray(),
            names = users.Select(user => user.DisplayName).ToArray(),
            times = users.Select(user => user.RegisteredAt).ToArray(),
        },
        ct);

    private static Task<int> StorePairsAsync(NpgsqlTransaction tx, IReadOnlyCollection<Pair> pairs, CancellationToken ct) => tx.ExecuteAsync(
        """
        INSERT INTO relationships (user_low, user_high, status, status_at, requester_id, low_blocked_at, high_blocked_at, version)
        SELECT user_low, user_high, status, status_at, requester_id, low_blocked_at, high_blocked_at, version
        FROM unnest(@lows, @highs, @statuses, @times, @requesters, @lowBlocks, @highBlocks, @versions)
            AS told (user_low, user_high, status, status_at, requester_id, low_blocked_at, high_blocked_at, version)
        ON CONFLICT (user_low, user_high) DO NOTHING
        """,
        new
        {
            lows = pairs.Select(pair => pair.UserLow).ToArray(),
            highs = pairs.Select(pair => pair.UserHigh).ToArray(),
            statuses = pairs.Select(pair => pair.Status.ToString().ToLowerInvariant()).ToArray(),
            times = pairs.Select(pair => pair.StatusAt).ToArray(),
            requesters = pairs.Select(pair => pair.RequesterId).ToArray(),
            lowBlocks = pairs.Select(pair => pair.LowBlockedAt).ToArray(),
            highBlocks = pairs.Select(pair => pair.HighBlockedAt).ToArray(),
            versions = pairs.Select(pair => pair.Version).ToArray(),
        },
        ct);

    private static Task<int> StoreSettingsAsync(NpgsqlTransaction tx, List<SettingsUpdated> settings, CancellationToken ct) => tx.ExecuteAsync(
        """
        INSERT INTO settings (user_id, chosen, schema_version, version, updated_at)
        SELECT user_id, chosen::jsonb, @Version, version, at
        FROM unnest(@ids, @choices, @versions, @times) AS told (user_id, chosen, version, at)
        ON CONFLICT (user_id) DO NOTHING
        """,
        new
        {
            SettingsSchema.Version,
            ids = settings.Select(chosen => chosen.UserId).ToArray(),
            choices = settings.Select(ChoicesOf).ToArray(),
            versions = settings.Select(chosen => chosen.Version).ToArray(),
            times = settings.Select(chosen => chosen.UpdatedAt).ToArray(),
        },
        ct);

    private static string ChoicesOf(SettingsUpdated chosen) => JsonSerializer.Serialize(
        new Dictionary<string, JsonElement>
        {
            [SettingsSchema.Locale] = JsonSerializer.SerializeToElement(chosen.Locale),
            [SettingsSchema.TimeZone] = JsonSerializer.SerializeToElement(chosen.TimeZone),
        },
        UserJson.Default.DictionaryStringJsonElement);
}
