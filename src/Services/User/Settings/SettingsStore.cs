using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using Npgsql;

namespace ChatApp.User.Settings;

/// <param name="Chosen">What the user has chosen; the rest is by default.</param>
/// <param name="Version">Grows with every change; 0 while nothing was ever chosen.</param>
internal sealed record ChosenSettings(IReadOnlyDictionary<string, JsonElement> Chosen, long Version)
{
    public static readonly ChosenSettings None = new(new Dictionary<string, JsonElement>(), 0);
}

internal enum SettingsChange
{
    Done,

    /// <summary>They are of another version than the caller knows.</summary>
    Stale,

    /// <summary>There is no profile that they could belong to.</summary>
    NoProfile,
}

internal sealed class SettingsStore(NpgsqlDataSource db, TimeProvider time)
{
    public async Task<ChosenSettings> FindAsync(Guid userId, CancellationToken ct) =>
        (await db.QuerySingleOrDefaultAsync<Row>(
            "SELECT chosen::text AS chosen, version FROM settings WHERE user_id = @userId", new { userId }, ct))?.Read() ?? ChosenSettings.None;

    /// <param name="known">The version that the change is based on; null when any will do.</param>
    /// <param name="change">Makes the new choices from the old.</param>
    public Task<(SettingsChange Change, ChosenSettings Settings)> ChangeAsync(
        Guid userId,
        long? known,
        Func<IReadOnlyDictionary<string, JsonElement>, Dictionary<string, JsonElement>> change,
        CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            if (await LockAsync(tx, userId, now, ct) is not { } before)
                return (SettingsChange.NoProfile, ChosenSettings.None);
            if (known is not null && known != before.Version)
                return (SettingsChange.Stale, before);

            var chosen = change(before.Chosen);
            if (AreSame(chosen, before.Chosen))
                return (SettingsChange.Done, before);

            var after = new ChosenSettings(chosen, before.Version + 1);
            await SaveAsync(tx, userId, after, now, ct);
            return (SettingsChange.Done, after);
        }, ct);

    private static async Task<ChosenSettings?> LockAsync(NpgsqlTransaction tx, Guid userId, DateTimeOffset now, CancellationToken ct)
    {
        await tx.ExecuteAsync(
            """
            INSERT INTO settings (user_id, chosen, schema_version, version, updated_at)
            SELECT user_id, '{}', @Version, 0, @now
            FROM profiles
            WHERE user_id = @userId
            ON CONFLICT DO NOTHING
            """,
            new { userId, SettingsSchema.Version, now },
            ct);
        return (await tx.QuerySingleOrDefaultAsync<Row>(
            "SELECT chosen::text AS chosen, version FROM settings WHERE user_id = @userId FOR UPDATE", new { userId }, ct))?.Read();
    }

    private static async Task SaveAsync(NpgsqlTransaction tx, Guid userId, ChosenSettings settings, DateTimeOffset now, CancellationToken ct)
    {
        await tx.ExecuteAsync(
            """
            UPDATE settings
            SET chosen = @chosen::jsonb, schema_version = @schemaVersion, version = @Version, updated_at = @now
            WHERE user_id = @userId
            """,
            new { userId, chosen = JsonSerializer.Serialize(settings.Chosen, UserJson.Default.IReadOnlyDictionaryStringJsonElement), schemaVersion = SettingsSchema.Version, settings.Version, now },
            ct);

        var all = SettingsSchema.Complete(settings.Chosen);
        var (locale, timeZone) = (all[SettingsSchema.Locale].GetString()!, all[SettingsSchema.TimeZone].GetString()!);
        await tx.EnqueueAsync(new SettingsUpdated(userId, locale, timeZone, settings.Version, now), now, ct);
    }

    private static bool AreSame(Dictionary<string, JsonElement> a, IReadOnlyDictionary<string, JsonElement> b) =>
        a.Count == b.Count && a.All(choice => b.TryGetValue(choice.Key, out var other) && JsonElement.DeepEquals(choice.Value, other));

    private sealed record Row(string Chosen, long Version)
    {
        public ChosenSettings Read() => new(JsonSerializer.Deserialize(Chosen, UserJson.Default.DictionaryStringJsonElement)!, Version);
    }
}
