using ChatApp.LocalStack.Postgres;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>
/// DocumentDB, the MongoDB engine on PostgreSQL, with a PostgreSQL of its own: both are unpacked once from Debian's packages into a
/// folder, whatever is installed on the machine. <see cref="MongoGateway"/> makes a MongoDB server of it.
/// </summary>
public sealed class DocumentDbEngine : IAsyncDisposable
{
    private const string Package = "postgresql-18-documentdb";

    // The release that is to be Debian 14, and where packages come from before they get there.
    private static readonly string[] Suites = ["forky", "sid"];

    // Dependencies of parts that are left out here: raster images, solid geometry, map projections, and tools around the server.
    private static readonly string[] Unneeded =
    [
        "adduser", "debconf", "dirmngr", "fontconfig", "fonts-", "gdal-", "gnupg", "gpg", "libaom", "libarmadillo", "libarpack", "libav",
        "libblas", "libc-gconv", "libc-l10n", "libdav1d", "libfontconfig", "libfreexl", "libgav1", "libgdal", "libgdbm", "libgfortran",
        "libhdf", "libheif", "libjson-perl", "libjxl", "liblapack", "libmariadb", "libmpfr", "libnetcdf", "libnspr", "libnss", "libodbc",
        "libopenjp2", "libperl", "libpoppler", "librav1e", "libsfcgal", "libspatialite", "libsvtav1", "libsystemd-shared", "libtext-",
        "libxerces", "locales", "mariadb", "mysql", "openssl", "passwd", "perl", "pinentry", "postgresql-client", "postgresql-common",
        "procps", "proj-data", "ssl-cert", "systemd", "tzdata", "unixodbc",
    ];

    private static readonly string[] Settings =
    [
        "shared_preload_libraries = 'pg_cron,pg_documentdb_core,pg_documentdb,pg_documentdb_extended_rum'",
        "cron.database_name = 'postgres'",
        // Its jobs build indexes in the background, once a second, by a connection that it can't make here.
        "documentdb.enableBackgroundWorker = off",
        "cron.use_background_workers = on",
        "cron.log_run = off",
        "cron.log_statement = off",
        "max_worker_processes = 16",
        "documentdb.alternate_index_handler_name = 'extended_rum'",
        "jit = off",
    ];

    private readonly PostgresServer _server;

    private DocumentDbEngine(PostgresServer server, ServerPlan plan) => (_server, AdminConnectionString, Log) = (server, plan.AdminConnectionString, plan.Log);

    /// <summary>For the gateway: the superuser's.</summary>
    public string AdminConnectionString { get; }

    /// <summary>SIGINT to it is a fast and orderly stop.</summary>
    public int ProcessId => _server.ProcessId;

    public string Log { get; }

    /// <param name="programs">Where the engine's programs are kept; clusters share them.</param>
    /// <param name="folder">Where this cluster's data is kept.</param>
    /// <param name="port">A loopback port.</param>
    /// <param name="progress">Hears what takes long.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task<DocumentDbEngine> StartAsync(
        string programs, string folder, int port, Action<string>? progress = null, CancellationToken ct = default)
    {
        var user = ServerUser.Find();
        programs = StateFolder.Prepare(programs, user, progress);
        var engine = Path.Combine(programs, "engine");
        using (await FolderLock.TakeAsync(programs, ct))
        {
            if (!Directory.Exists(engine))
                await BuildAsync(engine, progress, ct);
        }

        var cluster = StateFolder.Prepare(folder, user, progress);
        var plan = new ServerPlan("DocumentDB", cluster, EngineTree.BinariesOf(engine), port, user, Settings);
        var server = await PostgresServer.StartAsync(plan, progress, ct);
        await CreateExtensionsAsync(plan, ct);

        return new DocumentDbEngine(server, plan);
    }

    /// <summary>Removes the engine of a folder with all its data. It must have been stopped.</summary>
    public static void Delete(string folder) => StateFolder.Delete(folder);

    public Task StopAsync() => _server.StopAsync();

    public async ValueTask DisposeAsync() => await StopAsync();

    private static async Task BuildAsync(string engine, Action<string>? progress, CancellationToken ct)
    {
        progress?.Invoke("Getting the MongoDB engine (once; about 50 MB) ...");
        var work = engine + ".new";
        if (Directory.Exists(work))
            Directory.Delete(work, recursive: true);

        var packages = new DebianPackages(Path.Combine(work, "packages"), progress);
        var needed = await packages.ResolveAsync(Package, Suites, ct);
        var (skipped, wanted) = (needed.Where(IsUnneeded).ToArray(), needed.Where(name => !IsUnneeded(name)).ToArray());
        await packages.DownloadAsync(wanted, ct);

        progress?.Invoke("Unpacking the MongoDB engine ...");
        var tree = new EngineTree(Path.Combine(work, "packages", "tree"), Path.Combine(work, "tree"));
        if (await tree.BuildAsync(ct) is { Count: > 0 })
        {
            // Something that was left out is needed after all: a later version of a package has other dependencies.
            await packages.DownloadAsync(skipped, ct);
            if (await tree.BuildAsync(ct) is { Count: > 0 } missing)
            {
                throw new StoreException(
                    $"The local MongoDB engine lacks {string.Join(", ", missing)}: set CHATAPP_MONGO to the address of a MongoDB server to do without.");
            }
        }

        await Tool.MustRunAsync(["chmod", "-R", "a+rX", Path.Combine(work, "tree")], "The engine's files can't be opened", ct);
        Directory.Move(Path.Combine(work, "tree"), engine);
        Directory.Delete(work, recursive: true);
    }

    private static bool IsUnneeded(string package) => Unneeded.Any(start => package.StartsWith(start, StringComparison.Ordinal));

    /// <summary>Before any index is made: without the second one, sorts would never use an index.</summary>
    private static async Task CreateExtensionsAsync(ServerPlan plan, CancellationToken ct)
    {
        await using var database = NpgsqlDataSource.Create(plan.AdminConnectionString + ";Pooling=false");
        await using var batch = database.CreateBatch();
        string[] statements =
        [
            "SET client_min_messages = warning",
            "CREATE EXTENSION IF NOT EXISTS documentdb CASCADE",
            "CREATE EXTENSION IF NOT EXISTS documentdb_extended_rum",
            // Each would run every two seconds. Here indexes are built by the command that makes them.
            "SELECT cron.alter_job(jobid, active => false) FROM cron.job WHERE active AND command LIKE '%build_index_concurrently%'",
        ];
        foreach (var sql in statements)
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql));
        await batch.ExecuteNonQueryAsync(ct);
    }
}
