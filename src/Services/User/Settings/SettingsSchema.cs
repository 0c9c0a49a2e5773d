using System.Text.Json;

namespace ChatApp.User.Settings;

/// <summary>The settings that there are. A change that old values don't fit is a new <see cref="Version"/>, and a migration of what is stored.</summary>
internal static class SettingsSchema
{
    public const int Version = 1;

    public const string Locale = "locale";
    public const string TimeZone = "timeZone";

    public static readonly IReadOnlyDictionary<string, Setting> All = new[]
    {
        Setting.Choice("theme", "system", "light", "dark"),
        Setting.Language(Locale, "en"),
        Setting.TimeZone(TimeZone, "UTC"),
        Setting.Switch("readReceipts", true),
        Setting.Switch("lastSeenVisible", true),
        Setting.Choice("whoCanMessage", "everyone", "friends"),
        Setting.Switch("discoverable", true),
    }.ToDictionary(setting => setting.Name);

    /// <summary>What is wrong, by setting; null when nothing is. A null stands for the default.</summary>
    public static Dictionary<string, string[]>? Complaints(IReadOnlyDictionary<string, JsonElement> values)
    {
        var complaints = new Dictionary<string, string[]>();
        foreach (var (name, value) in values)
        {
            if (!All.TryGetValue(name, out var setting))
                complaints[name] = ["There is no such setting."];
            else if (value.ValueKind is not JsonValueKind.Null && setting.Complaint(value) is { } complaint)
                complaints[name] = [complaint];
        }

        return complaints.Count == 0 ? null : complaints;
    }

    /// <summary>Every setting: as chosen, or by default.</summary>
    public static SortedDictionary<string, JsonElement> Complete(IReadOnlyDictionary<string, JsonElement> chosen) => new(
        All.Values.ToDictionary(setting => setting.Name, setting => chosen.TryGetValue(setting.Name, out var value) ? value : setting.Default),
        StringComparer.Ordinal);
}
