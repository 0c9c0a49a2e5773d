using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Mongo;

/// <summary>
/// Packages of another suite of Debian, downloaded and unpacked into a folder. apt works here with a configuration and a state of
/// its own: it neither needs root nor touches what is installed on the machine.
/// </summary>
internal sealed class DebianPackages(string folder, Action<string>? progress)
{
    private const string Remedy = "set CHATAPP_MONGO to the address of a MongoDB server to do without";

    private readonly Dictionary<string, string> _environment = new()
    {
        ["APT_CONFIG"] = Path.Combine(folder, "apt.conf"),
        ["DEBIAN_FRONTEND"] = "noninteractive",
    };

    /// <summary>Finds a suite that has the package, and gives the names of all packages that it needs.</summary>
    public async Task<IReadOnlyList<string>> ResolveAsync(string package, string[] suites, CancellationToken ct)
    {
        if (!Tool.Exists("apt-get") || !Tool.Exists("dpkg-deb"))
            throw new StoreException($"The local MongoDB engine is made of Debian packages, and this machine has no apt-get and dpkg-deb: {Remedy}.");

        await ConfigureAsync(ct);
        var sources = AptSource.OfMachine();
        if (sources.Count == 0)
            throw new StoreException($"The apt sources of this machine name no mirror to get the local MongoDB engine from: {Remedy}.");

        var problem = "";
        foreach (var suite in suites)
        {
            progress?.Invoke($"Looking for {package} in Debian {suite} ...");
            await File.WriteAllLinesAsync(Path.Combine(folder, "etc", "sources.list"), sources.Select(source => source.Line(suite)), ct);

            var (exitCode, output) = await RunAsync(["apt-get", "update", "-q", "--error-on=any"], ct);
            if (exitCode == 0)
                (exitCode, output) = await RunAsync(["apt-get", "install", "-y", "-q", "--print-uris", "--no-install-recommends", package], ct);
            if (exitCode == 0)
                return [.. output.Split('\n').Where(line => line.StartsWith('\'')).Select(line => line.Split(' ')[1].Split('_')[0])];

            problem = output.Split('\n').FirstOrDefault(line => line.StartsWith("E:", StringComparison.Ordinal)) ?? Tool.LastLine(output);
        }

        throw new StoreException($"{package} can't be had from this machine's Debian mirror ({problem.Trim()}): check the network, or {Remedy}.");
    }

    public async Task DownloadAsync(IReadOnlyCollection<string> packages, CancellationToken ct)
    {
        var downloads = Path.Combine(folder, "downloads");
        Directory.CreateDirectory(downloads);
        progress?.Invoke($"Downloading {packages.Count} packages ...");

        var (exitCode, output) = await RunAsync(["apt-get", "download", "-q", .. packages], ct, downloads);
        if (exitCode != 0)
            throw new StoreException($"The packages of the local MongoDB engine can't be downloaded ({Tool.LastLine(output)}): check the network, or {Remedy}.");

        foreach (var file in Directory.GetFiles(downloads, "*.deb"))
        {
            string[] unpack = ["dpkg-deb", "-x", file, Path.Combine(folder, "tree")];
            await Tool.MustRunAsync(unpack, "A package of the local MongoDB engine can't be unpacked", ct);
            File.Delete(file);
        }
    }

    private Task<(int ExitCode, string Output)> RunAsync(string[] command, CancellationToken ct, string? workingFolder = null) =>
        Tool.RunAsync(command, ct, workingFolder ?? folder, _environment);

    private async Task ConfigureAsync(CancellationToken ct)
    {
        foreach (var name in new[] { "state/lists/partial", "cache/archives/partial", "etc/empty", "tree" })
            Directory.CreateDirectory(Path.Combine(folder, name));
        await File.WriteAllTextAsync(Path.Combine(folder, "state", "status"), "", ct);

        // The machine's way through proxies and to passwords of a mirror is taken over; its hooks and pins are not.
        var (_, machine) = await Tool.RunAsync(["apt-config", "dump"], ct);
        var network = machine.Split('\n').Where(line => line.StartsWith("Acquire::http", StringComparison.OrdinalIgnoreCase) && line.Contains(" \""));

        await File.WriteAllLinesAsync(
            Path.Combine(folder, "apt.conf"),
            [
                $"Dir::State \"{folder}/state\";",
                $"Dir::State::status \"{folder}/state/status\";",
                $"Dir::Cache \"{folder}/cache\";",
                $"Dir::Etc \"{folder}/etc\";",
                $"Dir::Etc::parts \"{folder}/etc/empty\";",
                $"Dir::Etc::sourceparts \"{folder}/etc/empty\";",
                $"Dir::Etc::preferencesparts \"{folder}/etc/empty\";",
                $"Dir::Etc::sourcelist \"{folder}/etc/sources.list\";",
                "Dir::Etc::netrc \"/etc/apt/auth.conf\";",
                "Dir::Etc::netrcparts \"/etc/apt/auth.conf.d\";",
                "APT::Sandbox::User \"\";",
                "Acquire::Check-Valid-Until \"false\";",
                "Acquire::Languages \"none\";",
                "Acquire::Retries \"3\";",
                .. network,
            ],
            ct);
    }
}
