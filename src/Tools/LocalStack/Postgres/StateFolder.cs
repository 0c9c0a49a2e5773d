using System.Security.Cryptography;

namespace ChatApp.LocalStack.Postgres;

/// <summary>
/// Where a server keeps its files: the folder asked for, unless it runs as another user who can't get there (a clone below
/// a home that is closed to others). Then the folder holds only a link to a place that he can reach.
/// </summary>
internal static class StateFolder
{
    private const string Elsewhere = "/var/lib/chatapp", LinkName = "elsewhere";

    private const UnixFileMode OpenToOthers =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static string Prepare(string folder, ServerUser? user, Action<string>? progress)
    {
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        if (user is null)
            return folder;

        var link = Path.Combine(folder, LinkName);
        if (TargetOf(link) is { } known)
            return known;
        if (ClosedParent(folder) is not { } closed)
            return folder;

        var target = Path.Combine(Elsewhere, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6)));
        Directory.CreateDirectory(target);
        File.SetUnixFileMode(Elsewhere, OpenToOthers);
        File.SetUnixFileMode(target, OpenToOthers);
        File.Delete(link);
        Directory.CreateSymbolicLink(link, target);
        progress?.Invoke($"{closed} is closed to the user {user.Name}, who runs the server: its files are in {target}.");
        return target;
    }

    /// <summary>Removes a folder made by <see cref="Prepare"/>, with what its link points to.</summary>
    public static void Delete(string folder)
    {
        if (TargetOf(Path.Combine(folder, LinkName)) is { } target)
            Directory.Delete(target, recursive: true);
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    private static string? TargetOf(string link) => new FileInfo(link).LinkTarget is { } target && Directory.Exists(target) ? target : null;

    private static string? ClosedParent(string folder)
    {
        for (var parent = new DirectoryInfo(folder); parent is not null; parent = parent.Parent)
        {
            if ((parent.UnixFileMode & UnixFileMode.OtherExecute) == 0)
                return parent.FullName;
        }

        return null;
    }
}
