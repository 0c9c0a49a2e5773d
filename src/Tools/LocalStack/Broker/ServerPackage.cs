using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Broker;

/// <summary>A server that a package of the distribution brings; it is run by us, not as the distribution's service.</summary>
/// <param name="Variable">Names a server of one's own in place of it.</param>
/// <param name="Others">What comes with it and would run at each boot too.</param>
internal sealed record ServerPackage(string Name, string Package, string Variable, Func<string?> Find, params string[] Others)
{
    private const string Services = "/usr/sbin/policy-rc.d";
    private const string NoService = "#!/bin/sh\nexit 101\n";

    /// <summary>The path of its program, after an installation if it is missing and may be installed without asking.</summary>
    public async Task<string> EnsureAsync(Action<string>? progress, CancellationToken ct)
    {
        if (Find() is { } found)
            return found;

        if (!Tool.Exists("apt-get") || !Tool.IsRoot)
        {
            throw new StoreException(Tool.Exists("apt-get")
                ? $"{Name} is missing: run `sudo apt-get install {Package}`, or set {Variable} to a server."
                : $"{Name} is missing: install your distribution's package of it, or set {Variable} to a server.");
        }

        var locks = Directory.CreateDirectory(Path.Combine(Path.GetTempPath(), "chatapp-packages"));
        using var alone = await FolderLock.TakeAsync(locks.FullName, ct);
        if (Find() is null)
            await InstallAsync(progress, ct);

        return Find() ?? throw new StoreException($"{Package} was installed but its program was not found: set {Variable} to a server.");
    }

    private async Task InstallAsync(Action<string>? progress, CancellationToken ct)
    {
        progress?.Invoke($"Installing the package {Package} ...");
        var before = File.Exists(Services) ? await File.ReadAllBytesAsync(Services, ct) : null;
        var environment = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
        string[] install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", Package];

        await Tool.RunAsync(["apt-get", "update", "-q"], ct);
        try
        {
            // The package would start a server of its own, on its usual port, which nobody asked for; and again at each boot.
            await WriteProgramAsync(Services, NoService);
            await Tool.MustRunAsync(install, $"The package {Package} can't be installed", ct, environment: environment);
            await Tool.RunAsync(["update-rc.d", Package, "disable"], ct);
            if (Tool.Exists("systemctl"))
                await Tool.RunAsync(["systemctl", "disable", "--quiet", $"{Package}.service", .. Others], ct);
        }
        finally
        {
            if (before is null)
                File.Delete(Services);
            else
                await File.WriteAllBytesAsync(Services, before, CancellationToken.None);
        }
    }

    private static async Task WriteProgramAsync(string path, string text)
    {
        await File.WriteAllTextAsync(path, text);
        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute);
    }
}
