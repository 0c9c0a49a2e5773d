namespace ChatApp.LocalStack.Mongo;

/// <summary>Where this machine gets its Debian packages from, as its own apt sources say; only the suite is to be another.</summary>
internal sealed record AptSource(string Uri, string Options)
{
    private const string Folder = "/etc/apt", DebianKeys = "/usr/share/keyrings/debian-archive-keyring.gpg";

    public string Line(string suite) => $"deb {Options}{Uri} {suite} main";

    /// <summary>
    /// The sources of the distribution's own suite, in both forms that apt knows. The packages of others, and security updates, have
    /// other suites.
    /// </summary>
    public static IReadOnlyList<AptSource> OfMachine(string folder = Folder)
    {
        var parts = Path.Combine(folder, "sources.list.d");
        var files = Directory.Exists(parts) ? Directory.GetFiles(parts).Order().ToArray() : [];
        string[] lists = [Path.Combine(folder, "sources.list"), .. files.Where(file => file.EndsWith(".list", StringComparison.Ordinal))];

        return
        [
            .. lists.Where(File.Exists).SelectMany(file => FromLines(File.ReadLines(file)))
                .Concat(files.Where(file => file.EndsWith(".sources", StringComparison.Ordinal)).SelectMany(file => FromStanzas(File.ReadAllText(file))))
                .Distinct(),
        ];
    }

    internal static IEnumerable<AptSource> FromLines(IEnumerable<string> lines)
    {
        foreach (var line in lines.Select(line => line.Split('#')[0].Trim()))
        {
            var (start, end) = (line.IndexOf('['), line.IndexOf(']'));
            var options = start > 0 && end > start ? line[(start + 1)..end].Split(' ', StringSplitOptions.RemoveEmptyEntries) : [];
            var words = (start > 0 && end > start ? line.Remove(start, end + 1 - start) : line).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

            if (words is ["deb", var uri, var suite, .. var components] && IsMain([suite], components))
            {
                var values = options.Select(option => option.Split('=', 2)).Where(option => option.Length == 2)
                    .ToLookup(option => option[0], option => option[1]);
                yield return Of(uri, values["signed-by"].FirstOrDefault(), values["trusted"].FirstOrDefault());
            }
        }
    }

    internal static IEnumerable<AptSource> FromStanzas(string text)
    {
        foreach (var stanza in text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = stanza.Split('\n').Where(line => line.Length > 0 && line[0] is not ('#' or ' ' or '\t')).Select(line => line.Split(':', 2))
                .Where(field => field.Length == 2).ToLookup(field => field[0].Trim(), field => field[1].Trim(), StringComparer.OrdinalIgnoreCase);
            string[] Words(string name) => fields[name].FirstOrDefault("").Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);

            if (!Words("Types").Contains("deb") || fields["Enabled"].FirstOrDefault() == "no" || !IsMain(Words("Suites"), Words("Components")))
                continue;

            foreach (var uri in Words("URIs"))
                yield return Of(uri, fields["Signed-By"].FirstOrDefault(), fields["Trusted"].FirstOrDefault());
        }
    }

    // A suite with a dash or a slash is an addition to another (bookworm-updates, bookworm/updates).
    private static bool IsMain(string[] suites, string[] components) =>
        components.Contains("main") && suites.Any(suite => !suite.Contains('-') && !suite.Contains('/'));

    // A key may stand in the file itself (then the field begins with an empty line): the archive's own keys do as well.
    private static AptSource Of(string uri, string? keys, string? trusted)
    {
        var signedBy = keys is ['/', ..] ? keys : File.Exists(DebianKeys) ? DebianKeys : null;
        string[] options = [.. signedBy is null ? [] : new[] { $"signed-by={signedBy}" }, .. trusted is null ? [] : new[] { $"trusted={trusted}" }];
        return new AptSource(uri, options.Length == 0 ? "" : $"[{string.Join(' ', options)}] ");
    }
}
