using System.Reflection;
using EvolveDb.Metadata;
using EvolveDb.Migration;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>A migration of a program: <c>V1__name.sql</c>. Evolve knows its checksum, and whether it runs in a transaction.</summary>
public sealed class PostgresScript(string version, string name, string text)
    : MigrationScript(version, name.Replace('_', ' '), $"V{version}__{name}.sql", text, MetadataType.Migration)
{
    public MigrationVersion Number => Version ?? MigrationVersion.MinVersion;

    public string Label => Number.Label;

    /// <summary>The scripts that are embedded in a service, in its folder <c>Migrations</c>.</summary>
    /// <exception cref="StartupException">A file's name is not one that says its version.</exception>
    public static IReadOnlyList<PostgresScript> In(Assembly assembly)
    {
        var folder = $"{assembly.GetName().Name}.Migrations.";
        return InOrder(assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(folder, StringComparison.Ordinal) && resource.EndsWith(".sql", StringComparison.Ordinal))
            .Select(resource => Read(resource[folder.Length..], assembly.GetManifestResourceStream(resource)!)));
    }

    /// <summary>The scripts of a folder, for tools that work on a service's sources.</summary>
    /// <exception cref="StartupException">A file's name is not one that says its version.</exception>
    public static IReadOnlyList<PostgresScript> In(DirectoryInfo folder) =>
        InOrder(folder.EnumerateFiles("*.sql").Select(file => Read(file.Name, file.OpenRead())));

    /// <summary>
    /// The line that the server means. It counts from the start of a statement and does not say of which; but it quotes the word that stands there.
    /// </summary>
    /// <returns>Null if that is not to be known.</returns>
    public int? LineOf(PostgresException error)
    {
        if (error.Position == 0 || error.MessageText.Split('"') is not [_, { Length: > 0 } word, ..])
            return null;

        var places = Content.Index().Where(mark => mark.Item == ';').Select(mark => mark.Index + 1).Prepend(0)
            .Select(start => start + Content.AsSpan(start).IndexOfAnyExcept(" \r\n\t") + error.Position - 1)
            .Where(place => place < Content.Length && Content.AsSpan(place).StartsWith(word, StringComparison.OrdinalIgnoreCase))
            .Distinct()
            .ToList();
        return places is [var place] ? Content.AsSpan(0, place).Count('\n') + 1 : null;
    }

    private static IReadOnlyList<PostgresScript> InOrder(IEnumerable<PostgresScript> scripts) => [.. scripts.OrderBy(script => script.Number)];

    private static PostgresScript Read(string file, Stream content)
    {
        using var text = new StreamReader(content);
        return Path.GetFileNameWithoutExtension(file).Split("__", 2) is [['V', .. var version], { Length: > 0 } name] && MigrationVersion.MatchPattern.IsMatch(version)
            ? new PostgresScript(version, name, text.ReadToEnd())
            : throw new StartupException($"{file} is not a migration: name it V<number>__<what_it_does>.sql.");
    }
}

/// <summary>Evolve's view of the scripts. It applies none again when they change (<c>R__*.sql</c>): a migration that was applied stays.</summary>
internal sealed class PostgresScripts(IReadOnlyList<PostgresScript> scripts) : IMigrationLoader
{
    public IEnumerable<MigrationScript> GetMigrations() => scripts;

    public IEnumerable<MigrationScript> GetRepeatableMigrations() => [];
}
