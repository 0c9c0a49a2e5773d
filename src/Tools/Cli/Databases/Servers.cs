using ChatApp.LocalStack.Launch;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Databases;

/// <summary>
/// Where the databases are: the servers that <c>--connection</c> names, else the environment, else those of the running local stack, else local ones that are
/// started for the time of the command.
/// </summary>
internal sealed class Servers : IAsyncDisposable
{
    private readonly List<Part> _started = [];

    private string? _postgres;
    private string? _mongo;

    /// <summary>True where the user said so, and not the environment of a service.</summary>
    private bool _givenPostgres, _givenMongo;

    private Servers()
    {
    }

    /// <exception cref="LaunchException">An address can't be understood, or a server can't be brought.</exception>
    public static async Task<Servers> FindAsync(
        StackOptions options, IReadOnlyList<string> connections, IReadOnlyList<Target> targets, bool administer, Action<string> progress, CancellationToken ct)
    {
        var servers = new Servers();
        foreach (var connection in connections)
        {
            if (connection.StartsWith("mongodb", StringComparison.Ordinal))
                (servers._mongo, servers._givenMongo) = (Valid(connection, address => new MongoUrl(address)), true);
            else
                (servers._postgres, servers._givenPostgres) = (Valid(connection, address => new NpgsqlConnectionStringBuilder(address)), true);
        }

        servers._postgres ??= options.Postgres;
        servers._mongo ??= options.Mongo;
        bool Missing(Target target) => (target.Postgres is null ? servers._mongo : servers._postgres) is null && (administer || OfService(target) is null);
        if (!targets.Any(Missing))
            return servers;

        if (await Stores.FindAsync(options, ct) is { } running)
        {
            (servers._postgres, servers._mongo) = (servers._postgres ?? running.Postgres, servers._mongo ?? running.Mongo);
            return servers;
        }

        // A server that nobody asks for is not started.
        var needed = options with
        {
            Postgres = servers._postgres ?? (targets.Any(target => target.Postgres is not null && Missing(target)) ? null : ""),
            Mongo = servers._mongo ?? (targets.Any(target => target.Mongo is not null && Missing(target)) ? null : ""),
        };
        try
        {
            var stores = await Stores.StartAsync(needed, servers._started.Add, progress, ct);
            (servers._postgres, servers._mongo) = (stores.Postgres, stores.Mongo);
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>An administrator of the target's server.</summary>
    public string Administrator(Target target) => (target.Postgres is null ? _mongo : _postgres)
        ?? throw new LaunchException($"no server is known for {target.Name}: give an administrator's address with --connection.");

    /// <summary>An administrator of the PostgreSQL server, if one is known.</summary>
    public string? PostgresAdministrator => _postgres is { Length: > 0 } ? _postgres : null;

    /// <summary>The environment by which the target's program finds its database, as the owner where an administrator is known. Null takes a variable away.</summary>
    public IEnumerable<KeyValuePair<string, string?>> Environment(Target target)
    {
        var given = target.Postgres is null ? _givenMongo : _givenPostgres;
        if (!given && OfService(target) is not null)
            yield break;

        yield return new($"ConnectionStrings__{target.Name}", target.Postgres is null ? OfMongo(target) : OfPostgres(target));
        yield return new($"ConnectionStrings__{target.Name}_owner", null);
    }

    /// <summary>The target's database for whoever migrates it.</summary>
    public string Connection(Target target) =>
        Environment(target).Select(variable => variable.Value).FirstOrDefault()
        ?? System.Environment.GetEnvironmentVariable($"ConnectionStrings__{target.Name}_owner")
        ?? OfService(target)!;

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _started.AsEnumerable().Reverse())
            await part.StopAsync(TimeSpan.FromSeconds(10));
    }

    private static string? OfService(Target target) =>
        System.Environment.GetEnvironmentVariable($"ConnectionStrings__{target.Name}") is { Length: > 0 } connection ? connection : null;

    /// <summary>An address of a server becomes that of the target's database, in the role of its owner; one of another database stays.</summary>
    private string OfPostgres(Target target)
    {
        var server = new NpgsqlConnectionStringBuilder(Administrator(target));
        if (server.Database is { Length: > 0 } database && database != "postgres" && database != target.Database)
            return server.ConnectionString;

        server.Database = target.Database;
        server.Options = $"-c role={target.Postgres!.Owner}";
        return server.ConnectionString;
    }

    private string OfMongo(Target target) => new MongoUrl(Administrator(target)).DatabaseName is { } database && database != "admin"
        ? Administrator(target)
        : target.Mongo!.AddressFor(Administrator(target));

    private static string Valid<T>(string connection, Func<string, T> parse)
    {
        try
        {
            _ = parse(connection);
            return connection;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or MongoConfigurationException)
        {
            throw new LaunchException($"--connection can't be understood: {exception.Message} Write mongodb://... or Host=...;Username=...;Password=...", exception);
        }
    }
}
