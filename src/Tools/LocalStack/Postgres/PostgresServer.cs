using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Npgsql;

namespace ChatApp.LocalStack.Postgres;

/// <summary>What it takes to run one PostgreSQL server.</summary>
/// <param name="Folder">Holds the cluster, its password and its log.</param>
/// <param name="Binaries">The folder of postgres and initdb.</param>
/// <param name="Settings">Lines of postgresql.conf beyond those that every server here has.</param>
internal sealed record ServerPlan(string Name, string Folder, string Binaries, int Port, ServerUser? User, params string[] Settings)
{
    public string Data => Path.Combine(Folder, "data");
    public string PasswordFile => Path.Combine(Folder, "password");
    public string PassFile => Path.Combine(Folder, "pgpass");
    public string Log => Path.Combine(Folder, "server.log");

    public string AdminConnectionString => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1",
        Port = Port,
        Username = "postgres",
        Password = File.ReadAllText(PasswordFile).Trim(),
        Database = "postgres",
    }.ConnectionString;
}

/// <summary>A running server. It outlives a launcher that is killed; the next one takes it over.</summary>
internal sealed class PostgresServer
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60), StopLimit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// <c>off</c>: nothing waits for the disk, and a power cut may lose everything. For the servers of tests. A kill loses nothing: <c>full_page_writes</c> stays
    /// on, since DocumentDB's recovery leaves out new index pages without it, and what is inserted there then never ends.
    /// </summary>
    private const string FsyncVariable = "CHATAPP_FSYNC";

    private readonly Process? _child;

    private PostgresServer(int processId, Process? child) => (ProcessId, _child) = (processId, child);

    public int ProcessId { get; }

    public static async Task<PostgresServer> StartAsync(ServerPlan plan, Action<string>? progress, CancellationToken ct)
    {
        using var alone = await FolderLock.TakeAsync(plan.Folder, ct);
        await CreateAsync(plan, progress, ct);
        await ConfigureAsync(plan, ct);

        if (await TakeOverAsync(plan, ct) is { } running)
            return running;

        var child = Launch(plan);
        return await IsReadyAsync(plan, child, ct)
            ? new PostgresServer(child.Id, child)
            : throw new StoreException($"{plan.Name} does not start: {Tool.LastLine(await File.ReadAllTextAsync(plan.Log, ct))} (see {plan.Log})");
    }

    public async Task StopAsync()
    {
        Tool.Signal(ProcessId, PosixSignal.SIGINT);
        if (!await HasEndedAsync(StopLimit))
        {
            Tool.Signal(ProcessId, PosixSignal.SIGQUIT);
            await HasEndedAsync(StopLimit);
        }

        _child?.Dispose();
    }

    private async Task<bool> HasEndedAsync(TimeSpan limit)
    {
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < limit; await Task.Delay(20))
        {
            if (_child?.HasExited ?? !Directory.Exists($"/proc/{ProcessId}"))
                return true;
        }

        return false;
    }

    private static async Task CreateAsync(ServerPlan plan, Action<string>? progress, CancellationToken ct)
    {
        if (Directory.Exists(plan.Data))
        {
            // Made as nobody, it belongs to postgres once a package has brought that user.
            if (plan.User is { } user)
                await Tool.MustRunAsync(["chown", "-R", $"{user.Id}:{user.Group}", plan.Folder], $"The files of {plan.Name} can't be given to {user.Name}", ct);
            return;
        }

        progress?.Invoke($"Creating the database cluster of {plan.Name} ...");
        var unfinished = plan.Data + ".new";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);

        var password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await WriteSecretAsync(plan.PasswordFile, password);
        await WriteSecretAsync(plan.PassFile, $"*:*:*:postgres:{password}\n");
        await OwnAsync(plan, plan.Folder, plan.PasswordFile, plan.PassFile);

        await Tool.MustRunAsync(
            ServerUser.Wrap(plan.User, Path.Combine(plan.Binaries, "initdb"), "-D", unfinished, "-U", "postgres", "-A", "scram-sha-256",
                "--pwfile", plan.PasswordFile, "-E", "UTF8", "--no-locale", "--no-instructions"),
            $"The database cluster of {plan.Name} can't be created", ct, plan.Folder);
        await File.AppendAllTextAsync(Path.Combine(unfinished, "postgresql.conf"), "\ninclude 'chatapp.conf'\n", ct);
        Directory.Move(unfinished, plan.Data);
    }

    private static async Task WriteSecretAsync(string file, string text)
    {
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using var writer = new StreamWriter(file, options);
        await writer.WriteAsync(text);
    }

    private static async Task ConfigureAsync(ServerPlan plan, CancellationToken ct)
    {
        string[] settings =
        [
            "listen_addresses = '127.0.0.1'",
            $"port = {plan.Port}",
            "unix_socket_directories = ''",
            "max_connections = 300",
            // A worker for each database in turn: at rest they were most of what the server did.
            "autovacuum_naptime = 30s",
            .. Environment.GetEnvironmentVariable(FsyncVariable) == "off" ? ["fsync = off"] : Array.Empty<string>(),
            .. plan.Settings,
        ];
        var file = Path.Combine(plan.Data, "chatapp.conf");
        await File.WriteAllLinesAsync(file, settings, ct);
        await File.AppendAllTextAsync(plan.Log, "", ct);
        await OwnAsync(plan, file, plan.Log);
    }

    private static async Task OwnAsync(ServerPlan plan, params string[] files)
    {
        if (plan.User is { } user)
            await Tool.MustRunAsync(["chown", $"{user.Id}:{user.Group}", .. files], $"The files of {plan.Name} can't be given to {user.Name}", default);
    }

    /// <summary>A server of this cluster that still runs is as good as a new one, unless it listens elsewhere. A stale lock file is removed.</summary>
    private static async Task<PostgresServer?> TakeOverAsync(ServerPlan plan, CancellationToken ct)
    {
        var file = Path.Combine(plan.Data, "postmaster.pid");
        if (!File.Exists(file))
            return null;

        var lines = await File.ReadAllLinesAsync(file, ct);
        var running = lines.Length > 0 && int.TryParse(lines[0], out var id) && RunsIn(id, plan.Data) ? new PostgresServer(id, null) : null;

        if (running is null)
            await CleanUpAsync(plan, file, ct);
        else if (lines.Length > 3 && lines[3] == plan.Port.ToString() && await CanConnectAsync(plan, ct))
            return running;
        else
            await running.StopAsync();

        return null;
    }

    /// <summary>After a crash the processes of the old server need a moment to notice it, and a new one does not start beside them.</summary>
    private static async Task CleanUpAsync(ServerPlan plan, string lockFile, CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); ProcessesIn(plan.Data) is { Count: > 0 } left; await Task.Delay(50, ct))
        {
            if (waited.Elapsed > StopLimit)
                throw new StoreException($"{plan.Name} has crashed, and processes of it are still there: end them with `kill {string.Join(' ', left)}`.");
            foreach (var id in left)
                Tool.Signal(id, PosixSignal.SIGQUIT);
        }

        File.Delete(lockFile);
    }

    private static List<int> ProcessesIn(string folder) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), out var id) ? id : 0)
            .Where(id => id > 0 && RunsIn(id, folder)),
    ];

    private static bool RunsIn(int processId, string folder)
    {
        try
        {
            return Directory.ResolveLinkTarget($"/proc/{processId}/cwd", returnFinalTarget: false)?.FullName == folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>In a session of its own, so that Ctrl+C in the terminal does not stop it before its users; exec keeps the process id.</summary>
    private static Process Launch(ServerPlan plan)
    {
        string[] server = ServerUser.Wrap(plan.User, Path.Combine(plan.Binaries, "postgres"), "-D", plan.Data);
        return Tool.Start(new ProcessStartInfo("setsid", ["sh", "-c", "exec \"$@\" >> \"$0\" 2>&1 < /dev/null", plan.Log, .. server])
        {
            WorkingDirectory = plan.Folder,
            Environment = { ["PGPASSFILE"] = plan.PassFile, ["LC_ALL"] = "C" },
        });
    }

    private static async Task<bool> IsReadyAsync(ServerPlan plan, Process child, CancellationToken ct)
    {
        var file = Path.Combine(plan.Data, "postmaster.pid");
        for (var waited = Stopwatch.StartNew(); waited.Elapsed < StartLimit; await Task.Delay(20, ct))
        {
            if (child.HasExited)
                return false;
            if (File.Exists(file) && (await File.ReadAllTextAsync(file, ct)).Contains("\nready") && await CanConnectAsync(plan, ct))
                return true;
        }

        throw new StoreException($"{plan.Name} is not ready after {StartLimit.TotalSeconds:0} s: see {plan.Log}");
    }

    private static async Task<bool> CanConnectAsync(ServerPlan plan, CancellationToken ct)
    {
        try
        {
            await using var connection = new NpgsqlConnection(plan.AdminConnectionString + ";Pooling=false;Timeout=5");
            await connection.OpenAsync(ct);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }
}
