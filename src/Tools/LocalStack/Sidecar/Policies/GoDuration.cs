using System.Globalization;
using System.Text.RegularExpressions;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>Durations as Dapr's files write them: "5s", "1m30s", "200ms", or a whole number of milliseconds.</summary>
internal static partial class GoDuration
{
    public static TimeSpan Parse(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds))
            return TimeSpan.FromMilliseconds(milliseconds);

        if (!Whole().IsMatch(text))
            throw new ResourceException($"\"{text}\" is not a duration.");

        return Part().Matches(text).Aggregate(TimeSpan.Zero, (sum, part) =>
            sum + Unit(part.Groups[2].Value) * double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture));
    }

    private static TimeSpan Unit(string unit) => unit switch
    {
        "h" => TimeSpan.FromHours(1),
        "m" => TimeSpan.FromMinutes(1),
        "s" => TimeSpan.FromSeconds(1),
        "ms" => TimeSpan.FromMilliseconds(1),
        "us" => TimeSpan.FromMicroseconds(1),
        _ => TimeSpan.FromTicks(1) / 100
    };

    [GeneratedRegex(@"^(\d+(\.\d+)?(h|ms|m|us|ns|s))+$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"(\d+(?:\.\d+)?)(h|ms|m|us|ns|s)")]
    private static partial Regex Part();
}
