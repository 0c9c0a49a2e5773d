namespace ChatApp.LocalStack.Postgres;

/// <summary>PostgreSQL refuses to run as root: there it runs as the user postgres, or as nobody where that one does not exist.</summary>
internal sealed record ServerUser(string Name, int Id, int Group)
{
    /// <summary>Null for an ordinary user, who runs the server himself.</summary>
    public static ServerUser? Find() => Tool.IsRoot ? FindOther() : null;

    /// <summary>A command as this user would run it; without a user it stays as it is.</summary>
    public static string[] Wrap(ServerUser? user, params string[] command) =>
        user is null ? command : ["setpriv", $"--reuid={user.Id}", $"--regid={user.Group}", "--clear-groups", "--", .. command];

    private static ServerUser FindOther()
    {
        var users = File.ReadLines("/etc/passwd").Select(line => line.Split(':')).Where(fields => fields.Length >= 4)
            .ToLookup(fields => fields[0]);

        return (users["postgres"].FirstOrDefault() ?? users["nobody"].FirstOrDefault()) is [var name, _, var id, var group, ..]
            ? new ServerUser(name, int.Parse(id), int.Parse(group))
            : throw new StoreException("PostgreSQL does not run as root, and there is neither a user postgres nor nobody: start this as an ordinary user.");
    }
}
