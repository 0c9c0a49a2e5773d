using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ChatApp.Database.Compare;
using ChatApp.Database.Planning;

namespace ChatApp.Database;

/// <summary>The scripts of a service, as Evolve reads them: <c>V2__add_devices.sql</c>.</summary>
internal static partial class Migrations
{
    public static FileInfo File(DirectoryInfo folder, int version, string name) =>
        new(Path.Combine(folder.FullName, string.Create(CultureInfo.InvariantCulture, $"V{version}__{InWords(name, '_')}.sql")));

    /// <param name="pattern">Of the files' names.</param>
    /// <exception cref="DatabaseToolException">Two scripts have one version.</exception>
    public static int NextVersion(DirectoryInfo folder, string pattern) => Versions(folder, pattern).DefaultIfEmpty().Max() + 1;

    /// <summary>The first line is a plain comment: Evolve looks for its options in the lines at the top that name it.</summary>
    public static string Script(Plan plan)
    {
        var script = new StringBuilder("-- Derived from the declared schema.\n");
        foreach (var step in plan.Steps)
        {
            script.Append('\n');
            if (step.Hazard is { } hazard)
                script.Append(CultureInfo.InvariantCulture, $"-- {hazard.Danger.InWords()}: {hazard.Reason}.\n-- Instead: {hazard.Instead}.\n");
            script.Append(step.Sql).Append(";\n");
        }

        return script.ToString();
    }

    /// <summary>Says the change in a file's name.</summary>
    public static string NameOf(Comparison comparison)
    {
        var whole = comparison.Tables.Added.Concat(comparison.Tables.Removed).Select(table => table.Name).ToHashSet();
        string[] changes =
        [
            .. comparison.Tables.Added.Select(table => $"add_{table.Name}"),
            .. comparison.Tables.Removed.Select(table => $"drop_{table.Name}"),
            .. comparison.Columns.Added.Where(column => !whole.Contains(column.Table)).Select(column => $"add_{column.Name}_to_{column.Table}"),
            .. comparison.Columns.Removed.Where(column => !whole.Contains(column.Table)).Select(column => $"drop_{column.Name}_from_{column.Table}"),
            .. comparison.Columns.Changed.Select(column => $"change_{column.To.Name}_of_{column.To.Table}"),
            .. Of(comparison.Constraints, constraint => constraint.Name, constraint => !whole.Contains(constraint.Table)),
            .. Of(comparison.Indexes, index => index.Name, index => !whole.Contains(index.Table)),
            .. Of(comparison.Enums, type => type.Name, _ => true),
            .. Of(comparison.Domains, type => type.Name, _ => true),
            .. Of(comparison.Views, view => view.Name, _ => true),
            .. Of(comparison.Sequences, sequence => sequence.Name, sequence => sequence.Owner is null),
            .. comparison.Tables.Changed.Select(table => $"change_{table.To.Name}"),
        ];
        return NameOf(changes);
    }

    public static string NameOf(IReadOnlyList<string> changes) => changes.Count switch
    {
        0 => "change_comments",
        <= 2 => string.Join("_and_", changes),
        _ => $"{changes[0]}_and_{changes.Count - 1}_more",
    };

    /// <summary>Letters and digits, with this between the words.</summary>
    /// <exception cref="DatabaseToolException">There is no word in it.</exception>
    public static string InWords(string name, char between)
    {
        var words = NotInNames().Replace(name.Trim().ToLowerInvariant(), $"{between}").Trim(between);
        return words.Length switch
        {
            0 => throw new DatabaseToolException($"'{name}' names no migration: use letters, digits and underscores."),
            > 80 => words[..80].TrimEnd(between),
            _ => words,
        };
    }

    private static IEnumerable<string> Of<T>(Delta<T> delta, Func<T, string> name, Func<T, bool> worthSaying) =>
    [
        .. delta.Added.Where(worthSaying).Select(item => $"add_{name(item)}"),
        .. delta.Removed.Where(worthSaying).Select(item => $"drop_{name(item)}"),
        .. delta.Changed.Select(item => $"change_{name(item.To)}"),
    ];

    private static List<int> Versions(DirectoryInfo folder, string pattern)
    {
        if (!folder.Exists)
            return [];
        var scripts = folder.GetFiles(pattern).OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => (file.Name, Version: int.TryParse(Version().Match(file.Name).Groups[1].Value, CultureInfo.InvariantCulture, out var version) ? version : 0)).ToList();
        return scripts.GroupBy(script => script.Version).FirstOrDefault(group => group.Count() > 1) is { } twice
            ? throw new DatabaseToolException($"{string.Join(" and ", twice.Select(script => script.Name))} have one version; give one of them the next number.")
            : [.. scripts.Select(script => script.Version)];
    }

    [GeneratedRegex(@"^V(\d+)")]
    private static partial Regex Version();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotInNames();
}
