using System.Text.RegularExpressions;

namespace ChatApp.Testing;

/// <summary>The table of docs/operations.md that says what each message means: a message is the words of a row, with values for its capitals.</summary>
public static partial class Troubleshooting
{
    private static readonly Lazy<IReadOnlyList<Regex>> Rows = new(() =>
    [
        .. File.ReadLines(Path.Combine(RepositoryFolder.Path, "docs", "operations.md"))
            .Where(line => line.StartsWith("| ``", StringComparison.Ordinal))
            .Select(line => new Regex($"^{Capitals().Replace(Regex.Escape(Plain(line.Split('|')[1])), "(?s:.+)")}$")),
    ]);

    public static bool Explains(string message) => Rows.Value.Any(row => row.IsMatch(Plain(message)));

    private static string Plain(string text) => text.Replace("`", "", StringComparison.Ordinal).Trim();

    [GeneratedRegex("DATABASE|PLACE|ROLE|WORDS|TARGET|MIGRATION|VERSION")]
    private static partial Regex Capitals();
}
