using System.Globalization;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>The list of a retry's matching, such as "429,502-504". Empty means every code: 4xx too.</summary>
internal sealed class StatusRanges
{
    private readonly (int First, int Last)[]? _ranges;

    public StatusRanges(string? patterns, int lowest, int highest)
    {
        if (!string.IsNullOrEmpty(patterns))
            _ranges = [.. patterns.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pattern => Range(pattern, lowest, highest))];
    }

    public bool Contains(int code) => _ranges is null || _ranges.Any(range => code >= range.First && code <= range.Last);

    private static (int First, int Last) Range(string pattern, int lowest, int highest)
    {
        var ends = pattern.Split('-');

        if (ends.Length <= 2
            && int.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && lowest <= first && first <= last && last <= highest)
            return (first, last);

        throw new ResourceException($"\"{pattern}\" is not a status code or a range of them ({lowest}-{highest}).");
    }
}
