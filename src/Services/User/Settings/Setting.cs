using System.Text.Json;
using System.Text.RegularExpressions;

namespace ChatApp.User.Settings;

/// <summary>One setting: its name, its default, and what may be chosen.</summary>
/// <param name="Complaint">Says what is wrong with a value; null when it will do.</param>
internal sealed partial record Setting(string Name, JsonElement Default, Func<JsonElement, string?> Complaint)
{
    /// <summary>The first option is the default.</summary>
    public static Setting Choice(string name, params string[] options) => Text(
        name, options[0], options.Contains, $"One of: {string.Join(", ", options)}.");

    public static Setting Switch(string name, bool @default) => new(
        name,
        JsonSerializer.SerializeToElement(@default),
        value => value.ValueKind is JsonValueKind.True or JsonValueKind.False ? null : "true or false.");

    /// <summary>A language tag (BCP 47), of language, script and region.</summary>
    public static Setting Language(string name, string @default) => Text(
        name, @default, tag => LanguageTag().IsMatch(tag), "A language tag such as en, de-CH or zh-Hant-TW.");

    /// <summary>A name of the IANA time zone database.</summary>
    public static Setting TimeZone(string name, string @default) => Text(
        name, @default, zone => ZoneName().IsMatch(zone) && TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _), "An IANA time zone such as Europe/Berlin.");

    private static Setting Text(string name, string @default, Func<string, bool> willDo, string complaint) => new(
        name,
        JsonSerializer.SerializeToElement(@default),
        value => value.ValueKind is JsonValueKind.String && willDo(value.GetString()!) ? null : complaint);

    [GeneratedRegex("^[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?$")]
    private static partial Regex LanguageTag();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9_+\-]{0,30}(/[A-Z][A-Za-z0-9_+\-]{0,30}){0,2}$")]
    private static partial Regex ZoneName();
}
