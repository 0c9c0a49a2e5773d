namespace ChatApp.LocalStack.Postgres;

/// <summary>
/// A PostgreSQL cluster of our own, from the machine's programs: loopback only, a port and a password of its own. What it holds
/// survives a restart; a server that a killed launcher left behind is taken over.
/// </summary>
public sealed class PostgresCluster : IAsyncDisposable
{
    private readonly PostgresServer _server;

    private PostgresCluster(PostgresServer server, ServerPlan plan) => (_server, AdminConnectionString, Log) = (server, plan.AdminConnectionString, plan.Log);

    /// <summary>The superuser's, database postgres.</summary>
    public string AdminConnectionString { get; }

    /// <summary>SIGINT to it is a fast and orderly stop.</summary>
    public int ProcessId => _server.ProcessId;

    public string Log { get; }

    public static async Task<PostgresCluster> StartAsync(string folder, int port, Action<string>? progress = null, CancellationToken ct = default)
    {
        var binaries = await PostgresBinaries.EnsureAsync(null, progress, ct);
        // Only now: installing the package may have made the user who runs the server.
        var user = ServerUser.Find();
        var place = StateFolder.Prepare(folder, user, progress);

        var version = Path.Combine(place, "data", "PG_VERSION");
        if (File.Exists(version))
            binaries = await PostgresBinaries.EnsureAsync((await File.ReadAllTextAsync(version, ct)).Trim(), progress, ct);

        var plan = new ServerPlan("PostgreSQL", place, binaries, port, user);
        return new PostgresCluster(await PostgresServer.StartAsync(plan, progress, ct), plan);
    }

    /// <summary>Removes the cluster of a folder with all its data. It must have been stopped.</summary>
    public static void Delete(string folder) => StateFolder.Delete(folder);

    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();
}
