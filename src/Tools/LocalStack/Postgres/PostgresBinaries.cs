namespace ChatApp.LocalStack.Postgres;

/// <summary>Finds the programs of PostgreSQL on the machine, or installs them where that is possible without asking.</summary>
internal static class PostgresBinaries
{
    private const string Versions = "/usr/lib/postgresql", NoClusterFile = "/etc/postgresql-common/createcluster.d/chatapp.conf";

    /// <param name="major">The version that made the data, if there is data: no other can read it.</param>
    public static async Task<string> EnsureAsync(string? major, Action<string>? progress, CancellationToken ct)
    {
        if (Find(major) is { } found)
            return found;
        if (major is not null && Find(null) is not null)
            throw new StoreException($"The data was made by PostgreSQL {major}, which is no longer installed: install postgresql-{major}, or reset the data.");

        await InstallAsync(progress, ct);
        return Find(major) ?? throw new StoreException("PostgreSQL was installed but its programs were not found: set CHATAPP_POSTGRES to a server.");
    }

    private static string? Find(string? major)
    {
        if (major is not null)
            return HasServer(Path.Combine(Versions, major, "bin")) ? Path.Combine(Versions, major, "bin") : null;

        var newest = Directory.Exists(Versions)
            ? Directory.GetDirectories(Versions).Where(folder => int.TryParse(Path.GetFileName(folder), out _))
                .OrderByDescending(folder => int.Parse(Path.GetFileName(folder))).Select(folder => Path.Combine(folder, "bin")).FirstOrDefault(HasServer)
            : null;

        return newest ?? (Tool.PathOf("postgres") is { } onPath && HasServer(Path.GetDirectoryName(onPath)!) ? Path.GetDirectoryName(onPath) : null);
    }

    private static bool HasServer(string folder) => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb"));

    private static async Task InstallAsync(Action<string>? progress, CancellationToken ct)
    {
        if (!Tool.Exists("apt-get") || !Tool.IsRoot)
        {
            throw new StoreException(Tool.Exists("apt-get")
                ? "PostgreSQL is missing: run `sudo apt-get install postgresql`, or set CHATAPP_POSTGRES to a server."
                : "PostgreSQL is missing: install your distribution's package of the PostgreSQL server, or set CHATAPP_POSTGRES to a server.");
        }

        progress?.Invoke("Installing the package postgresql ...");
        // The package would make and start a cluster of its own, which nobody asked for.
        Directory.CreateDirectory(Path.GetDirectoryName(NoClusterFile)!);
        await File.WriteAllTextAsync(NoClusterFile, "create_main_cluster = false\n", ct);
        try
        {
            string[] install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "postgresql"];
            var environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };

            await Tool.RunAsync(["apt-get", "update", "-q"], ct);
            await Tool.MustRunAsync(install, "The package postgresql can't be installed", ct, environment: environment);
        }
        finally
        {
            File.Delete(NoClusterFile);
        }
    }
}
