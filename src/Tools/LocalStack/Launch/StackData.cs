using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Launch;

/// <summary>What a stopped stack leaves behind.</summary>
public static class StackData
{
    /// <summary>Removes data, logs and secrets. The MongoDB engine's programs stay: they hold no data and are fetched over the network.</summary>
    public static void Delete(StackOptions options)
    {
        if (!Directory.Exists(options.State))
            return;

        // Where a parent folder is closed to the servers' user, their files are elsewhere, behind a link.
        foreach (var folder in Directory.GetDirectories(options.State).Where(folder => folder != options.Engine))
            PostgresCluster.Delete(folder);
        foreach (var file in Directory.GetFiles(options.State))
            File.Delete(file);
    }
}
