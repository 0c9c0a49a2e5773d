using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Launch;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Tests;

public sealed record Run(int Code, string Output, string Errors)
{
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    public JsonElement Service(string name) => Json.GetProperty("services").EnumerateArray().Single(service => service.GetProperty("service").GetString() == name);
}

/// <summary>For tests that leave the databases as they are set up, whatever rows they add.</summary>
[CollectionDefinition]
public sealed class SetUpServers : ICollectionFixture<OwnServers>;

/// <summary>Empty servers, for databases and roles have fixed names; and a checkout whose state is the test's own.</summary>
public sealed class OwnServers : IAsyncLifetime
{
    private readonly DirectoryInfo _checkout = Directory.CreateTempSubdirectory("chatapp-cli-");
    private readonly List<Part> _parts = [];
    private StoreAddresses _stores = null!;

    private Task<Run>? _up;

    public string Postgres => _stores.Postgres;

    public IMongoClient Mongo => field ??= new MongoClient(_stores.Mongo);

    /// <summary>A MongoDB service's database as the service itself finds it, with its own user.</summary>
    public string MongoAddressOf(string service) =>
        MongoServiceDatabase.All.Single(database => database.AppId == service).Environment(_stores.Mongo, Secrets).Single().Value;

    /// <summary>Where the command takes the repository to be.</summary>
    public string Checkout => _checkout.FullName;

    public StackSecrets Secrets => StackSecrets.LoadOrCreate(StackOptions.Default(_checkout.FullName));

    public async ValueTask InitializeAsync()
    {
        var repository = Repository();
        foreach (var folder in (string[])["artifacts", "src"])
            Directory.CreateSymbolicLink(Path.Combine(_checkout.FullName, folder), Path.Combine(repository, folder));

        var options = new StackOptions(repository, Path.Combine(_checkout.FullName, "servers"), FreePorts: true) { Postgres = null, Mongo = null };
        _stores = await Stores.StartAsync(options, _parts.Add, _ => { }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _parts.AsEnumerable().Reverse())
            await part.StopAsync(TimeSpan.FromSeconds(10));
        _checkout.Delete(recursive: true);
    }

    /// <summary>Runs <c>chat db ...</c> on these servers.</summary>
    public Task<Run> DbAsync(params string[] arguments) => ChatAsync(["db", .. arguments]);

    /// <summary>Runs <c>chat ...</c> on these servers.</summary>
    public Task<Run> ChatAsync(params string[] arguments) => RunAsync(["dotnet", ProgramOf("Cli"), .. arguments], Environment);

    /// <summary>Runs it, and kills it and what it started when it has said so many lines.</summary>
    public async Task KillAfterAsync(int lines, params string[] arguments)
    {
        using var process = Start(["dotnet", ProgramOf("Cli"), "db", .. arguments], Environment);
        while (lines-- > 0 && await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is not null)
        {
        }

        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Drops a database of either server.</summary>
    public async Task DropAsync(string database)
    {
        if (database is "auth_db" or "user_db")
            await ExecuteAsync($"DROP DATABASE {database} WITH (FORCE)");
        else
            await Mongo.DropDatabaseAsync(database, TestContext.Current.CancellationToken);
    }

    /// <summary>What leads the command to these servers.</summary>
    public KeyValuePair<string, string>[] Environment =>
        [new("CHATAPP_REPOSITORY", _checkout.FullName), new("CHATAPP_POSTGRES", _stores.Postgres), new("CHATAPP_MONGO", _stores.Mongo)];

    /// <summary>Everything is set up, once for all tests.</summary>
    public Task<Run> UpAsync() => _up ??= DbAsync("up", "--json");

    /// <summary>Runs a service's program, with nothing but its connection string.</summary>
    public static Task<Run> ServiceAsync(string project, string connectionString, params string[] arguments) =>
        RunAsync(["dotnet", ProgramOf(project), .. arguments], [new($"ConnectionStrings__{ServiceOf(project)}", connectionString)]);

    /// <summary>How many migrations a PostgreSQL service has.</summary>
    public static int MigrationsOf(string project) => Directory.GetFiles(Path.Combine(Repository(), "src", "Services", project, "Migrations"), "V*.sql").Length;

    public static string ProgramOf(string project) => Path.Combine(Repository(), "artifacts", "bin", project, "release", $"ChatApp.{project}.dll");

    public static string ServiceOf(string project) => project.ToLowerInvariant();

    public string ConnectionString(string database, string? role = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(Postgres) { Database = database, Pooling = false };
        if (role is not null)
            (settings.Username, settings.Password) = (role, Secrets.RolePasswords[role]);
        return settings.ConnectionString;
    }

    public async Task<object?> ExecuteAsync(string sql, string database = "postgres", string? role = null)
    {
        await using var connection = new NpgsqlConnection(ConnectionString(database, role));
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public static Process Start(string[] command, KeyValuePair<string, string>[] environment, string? folder = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    public static async Task<Run> RunAsync(string[] command, KeyValuePair<string, string>[] environment, string? folder = null)
    {
        using var process = Start(command, environment, folder);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Run(process.ExitCode, await output, await errors);
    }

    public static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "ChatApp.sln")))
            folder = folder.Parent!;
        return folder.FullName;
    }
}
