using ChatApp.LocalStack.Mongo;
using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Launch;

/// <summary>Where the stores are: an administrator's connection string, and an administrator's mongodb:// address without a database.</summary>
public sealed record StoreAddresses(string Postgres, string Mongo);

/// <summary>PostgreSQL and MongoDB: the servers that the environment names, own ones where it names none.</summary>
public static class Stores
{
    private const int PostgresPort = 25432;
    private const int EnginePort = 25433;
    private const int MongoPort = 27018;

    private static readonly TimeSpan GatewayLimit = TimeSpan.FromSeconds(20);

    /// <param name="options">Where their data lives.</param>
    /// <param name="started">Hears of each process as soon as it runs, so that a start that fails half-way can be undone.</param>
    /// <param name="progress">Hears what is going on.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <exception cref="LaunchException">A server is missing and can't be brought.</exception>
    public static async Task<StoreAddresses> StartAsync(StackOptions options, Action<Part> started, Action<string> progress, CancellationToken ct)
    {
        Directory.CreateDirectory(options.Logs);
        try
        {
            var postgres = StartPostgresAsync(options, started, progress, ct);
            var mongo = StartMongoAsync(options, started, progress, ct);
            await Task.WhenAll(postgres, mongo);
            return new StoreAddresses(await postgres, await mongo);
        }
        catch (StoreException exception)
        {
            throw new LaunchException(exception.Message, exception);
        }
    }

    /// <summary>The servers of the local stack, if it runs.</summary>
    public static async Task<StoreAddresses?> FindAsync(StackOptions options, CancellationToken ct)
    {
        var parts = RunState.Load(options) is { Stopping: false } running ? running.Parts.Where(part => part.IsRunning).ToList() : [];
        if (parts.Count == 0)
            return null;

        var postgres = options.Postgres;
        var mongo = options.Mongo ?? (AddressOf("mongo") is { } address ? MongoGateway.ConnectionString(new Uri(address).Authority, RootPassword(options)) : null);
        if (postgres is null && AddressOf("postgres") is { } server)
        {
            var cluster = await PostgresCluster.StartAsync(Path.Combine(options.State, "postgres"), new Uri($"tcp://{server}").Port, ct: ct);
            postgres = cluster.AdminConnectionString;
        }

        return postgres is null || mongo is null ? null : new StoreAddresses(postgres, mongo);

        string? AddressOf(string name) => parts.Find(part => part.Name == name)?.Address;
    }

    private static string RootPassword(StackOptions options) => StackSecrets.LoadOrCreate(options).RolePasswords[StackSecrets.MongoRoot];

    private static async Task<string> StartPostgresAsync(StackOptions options, Action<Part> started, Action<string> progress, CancellationToken ct)
    {
        if (options.Postgres is { } given)
            return given;

        progress("starting PostgreSQL");
        var folder = Path.Combine(options.State, "postgres");
        var port = Ports.Prefer(PostgresPort, options.FreePorts);
        var cluster = await PostgresCluster.StartAsync(folder, port, progress, ct);
        started(PartOf(cluster));
        return cluster.AdminConnectionString;

        Part PartOf(PostgresCluster server) => Part.Server("postgres", server.ProcessId, $"127.0.0.1:{port}", server.Log) with
        {
            StartAgain = async token => PartOf(await PostgresCluster.StartAsync(folder, port, ct: token)),
        };
    }

    private static async Task<string> StartMongoAsync(StackOptions options, Action<Part> started, Action<string> progress, CancellationToken ct)
    {
        if (options.Mongo is { } given)
            return given;

        progress("starting the MongoDB engine");
        var folder = Path.Combine(options.State, "mongo");
        var enginePort = Ports.Prefer(EnginePort, options.FreePorts);
        var engine = await DocumentDbEngine.StartAsync(options.Engine, folder, enginePort, progress, ct);
        started(PartOf(engine));

        var port = Ports.Prefer(MongoPort, options.FreePorts);
        var gateway = Part.Start(
            "mongo",
            ["dotnet", options.Program, "mongo", "--port", $"{port}"],
            options.Repository,
            [new(MongoGatewayProcess.PostgresVariable, engine.AdminConnectionString), new(MongoGatewayProcess.PasswordVariable, RootPassword(options))],
            Path.Combine(options.Logs, "mongo.log"),
            $"mongodb://127.0.0.1:{port}");
        started(gateway);
        await gateway.WaitUntilAsync(() => Ports.AnswersAsync(port), GatewayLimit, ct);
        return MongoGateway.ConnectionString($"127.0.0.1:{port}", RootPassword(options));

        Part PartOf(DocumentDbEngine server) => Part.Server("documentdb", server.ProcessId, $"127.0.0.1:{enginePort}", server.Log) with
        {
            StartAgain = async token => PartOf(await DocumentDbEngine.StartAsync(options.Engine, folder, enginePort, ct: token)),
        };
    }
}
