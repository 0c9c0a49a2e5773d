using System.Text.RegularExpressions;

namespace ChatApp.Testing;

/// <summary>docs/data.md: which index answers which question, and which key or check forbids what.</summary>
public static partial class HotQueries
{
    public static string Page => File.ReadAllText(Path.Combine(RepositoryFolder.Path, "docs", "data.md"));

    /// <summary>The indexes that are said to answer a question of this database's service.</summary>
    public static IReadOnlyList<string> IndexesOf(string database) => [.. Names(database, "who asks").Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The indexes and checks that are said to forbid something.</summary>
    public static IReadOnlyList<string> GuardsOf(string database) => [.. Names(database, "what can't be").Distinct().Order(StringComparer.Ordinal)];

    /// <summary>The code words in the last column of a section's table.</summary>
    private static IEnumerable<string> Names(string database, string table) => Page.Split("\n## ").Single(part => part.StartsWith($"{database}\n", StringComparison.Ordinal))
        .Split("\n\n").Single(part => part.StartsWith($"| {table} |", StringComparison.Ordinal))
        .Split('\n').Skip(2)
        .SelectMany(row => Code().Matches(row.TrimEnd('|', ' ').Split('|')[^1]).Select(code => code.Groups[1].Value));

    [GeneratedRegex("`([a-z0-9_.]+)`")]
    private static partial Regex Code();
}
