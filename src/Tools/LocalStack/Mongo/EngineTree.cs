using System.Text.RegularExpressions;
using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Mongo;

/// <summary>
/// Makes a small tree that runs by itself out of unpacked packages. The packages want a newer C library than the machine's, so
/// each program is started through the tree's own loader, by a script that bears the program's name.
/// </summary>
internal sealed partial class EngineTree(string packages, string target)
{
    private const UnixFileMode Executable =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private static readonly string[] Programs = ["postgres", "initdb"];

    private static readonly string[] Extensions =
        ["documentdb", "documentdb_core", "documentdb_extended_rum", "pg_cron", "plpgsql", "postgis", "rum", "tsm_system_rows", "vector"];

    private static readonly string[] NotNeeded = ["postgis_", "address_standardizer", "sepgsql", "pgxml", "pg_documentdb_distributed"];

    private readonly string _version = Path.GetFileName(Directory.GetDirectories(Path.Combine(packages, "usr/lib/postgresql")).Single());

    private string Server => $"usr/lib/postgresql/{_version}";
    private string Share => $"usr/share/postgresql/{_version}";

    public static string BinariesOf(string tree) => Path.Combine(Directory.GetDirectories(Path.Combine(tree, "usr/lib/postgresql")).Single(), "bin");

    /// <summary>The libraries that no package brought, if any; the tree is complete when there are none.</summary>
    public async Task<IReadOnlyList<string>> BuildAsync(CancellationToken ct)
    {
        CopyPrograms();
        CopyFiles($"{Server}/lib", "*.so", name => !NotNeeded.Any(name.StartsWith));
        foreach (var folder in new[] { Share, $"{Share}/timezonesets", $"{Share}/tsearch_data" })
            CopyFiles(folder, "*", _ => true);
        CopyFiles($"{Share}/extension", "*", IsOfExtension);

        // Debian chooses among versions of PostGIS by a link that its installation makes.
        var control = Path.Combine(target, Share, "extension", "postgis.control");
        if (!File.Exists(control))
            File.Copy(Path.Combine(packages, Share, "extension", "postgis-3.control"), control);

        return await CopyLibrariesAsync(ct);
    }

    private void CopyPrograms()
    {
        var folder = Path.Combine(target, Server, "bin");
        Directory.CreateDirectory(folder);
        foreach (var program in Programs)
        {
            File.Copy(Path.Combine(packages, Server, "bin", program), Path.Combine(folder, program + ".bin"), overwrite: true);
            File.WriteAllText(Path.Combine(folder, program),
                $"""
                #!/bin/sh
                bin=$(dirname "$0")
                lib="$bin/../../../../../lib"
                exec "$lib/{Path.GetFileName(Loader)}" --library-path "$lib:$bin/../lib" --argv0 "$0" "$0.bin" "$@"

                """);
            File.SetUnixFileMode(Path.Combine(folder, program), Executable);
        }
    }

    private void CopyFiles(string folder, string pattern, Predicate<string> wanted)
    {
        Directory.CreateDirectory(Path.Combine(target, folder));
        foreach (var file in Directory.GetFiles(Path.Combine(packages, folder), pattern))
        {
            if (wanted(Path.GetFileName(file)))
                File.Copy(file, Path.Combine(target, folder, Path.GetFileName(file)), overwrite: true);
        }
    }

    // PostGIS comes with a thousand upgrade scripts; only the one that installs it is needed.
    private static bool IsOfExtension(string file) =>
        file.Split("--") is [var name, .. var versions]
        && Extensions.Contains(name.Replace(".control", "")) && (name != "postgis" || (versions is [var only] && char.IsAsciiDigit(only[0])));

    private string Loader => Directory.GetFiles(Path.Combine(packages, "usr/lib"), "ld-linux-*.so.*", SearchOption.AllDirectories).Single();

    private async Task<IReadOnlyList<string>> CopyLibrariesAsync(CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(Path.Combine(target, "lib")).FullName;
        var own = Path.Combine(target, Server, "lib");
        var path = $"{Path.GetDirectoryName(Loader)}:{Path.Combine(packages, Server, "lib")}";
        var missing = new SortedSet<string>();
        File.Copy(Loader, Path.Combine(folder, Path.GetFileName(Loader)), overwrite: true);

        foreach (var file in Directory.GetFiles(Path.Combine(target, Server, "bin"), "*.bin").Concat(Directory.GetFiles(own, "*.so")))
        {
            var (_, output) = await Tool.RunAsync([Loader, "--library-path", path, "--list", file], ct);
            foreach (Match library in Libraries().Matches(output))
            {
                if (!library.Groups["file"].Success)
                    missing.Add(library.Groups["name"].Value);
                else if (!File.Exists(Path.Combine(own, library.Groups["name"].Value)))
                    Copy(library.Groups["file"].Value, Path.Combine(folder, library.Groups["name"].Value));
            }
        }

        return [.. missing];
    }

    private static void Copy(string file, string copy)
    {
        if (!File.Exists(copy))
            File.Copy(file, copy);
    }

    [GeneratedRegex(@"^\s*(?<name>\S+) => (?:(?<file>/\S+)|not found)", RegexOptions.Multiline)]
    private static partial Regex Libraries();
}
