using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Mongo;
using ChatApp.Testing;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Tests;

/// <summary>Tests that fill the disk take turns.</summary>
[CollectionDefinition]
public sealed class OneSmallDisk : ICollectionFixture<SmallDisk>;

/// <summary>
/// A server of PostgreSQL and of MongoDB whose tables are on a disk of a few megabytes that can be full to the last byte. What a server can't go on without, such as its
/// write-ahead log, is elsewhere. The disk is memory, mounted where only one waiting process sees it, so that it goes with the tests however they end.
/// </summary>
public sealed class SmallDisk : IAsyncLifetime
{
    private const int Megabytes = 16;

    private const string MongoPassword = "of the test";

    private readonly string _folder = Directory.CreateTempSubdirectory("chatapp-disk-").FullName;
    private DocumentDbEngine _engine = null!;
    private MongoGateway? _gateway;
    private Process? _holder;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>The disk, as others than its holder reach it.</summary>
    private string Root => $"/proc/{_holder!.Id}/root/tmp";

    private string Ballast => Path.Combine(Root, "ballast");

    public async ValueTask InitializeAsync()
    {
        _engine = await DocumentDbEngine.StartAsync(Path.Combine(RepositoryFolder.Path, ".local", "documentdb"), _folder, Ports.Free(), ct: Cancel);
        _holder = await MountAsync();
        await ExecuteAsync($"CREATE TABLESPACE small LOCATION '{Root}/tables'");
        await ExecuteAsync("ALTER ROLE postgres SET default_tablespace = small");
        // What happens to take space in the background would be taken from what a test has left.
        await ExecuteAsync("ALTER SYSTEM SET autovacuum = off");
        await ExecuteAsync("SELECT pg_reload_conf()");
        _gateway = await MongoGateway.StartAsync(_engine.AdminConnectionString, MongoPassword, ct: Cancel);
    }

    public async ValueTask DisposeAsync()
    {
        // A machine where nothing can be mounted leaves the engine alone.
        if (_gateway is not null)
            await _gateway.DisposeAsync();
        await _engine.DisposeAsync();
        _holder?.StandardInput.Close();
        _holder?.Dispose();
        DocumentDbEngine.Delete(_folder);
    }

    /// <summary>Takes all that is free, but for so many bytes.</summary>
    public void Fill(int spare = 0)
    {
        using var ballast = File.Create(Ballast);
        ballast.Write(new byte[new DriveInfo(Root).AvailableFreeSpace - spare]);
    }

    public void MakeSpace() => File.Delete(Ballast);

    /// <summary>Half a page of what no engine makes smaller; for the same number the same.</summary>
    public static string Noise(int number) => new(new Random(number).GetItems<char>("abcdefghijklmnopqrstuvwxyz0123456789", 4000));

    /// <summary>An empty database of PostgreSQL.</summary>
    public async Task<string> PostgresAsync()
    {
        var name = $"test_{Guid.NewGuid():N}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        return new NpgsqlConnectionStringBuilder(_engine.AdminConnectionString) { Database = name, Pooling = false }.ConnectionString;
    }

    /// <summary>An empty database of MongoDB.</summary>
    public MongoUrl Mongo() => new MongoUrlBuilder(MongoGateway.ConnectionString(_gateway!.Address, MongoPassword)) { DatabaseName = $"test_{Guid.NewGuid():N}" }.ToMongoUrl();

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_engine.AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }

    /// <summary>A process that has the disk for its own /tmp, and ends when this one does. It runs as the server's user, who may look into his own processes only.</summary>
    private async Task<Process> MountAsync()
    {
        string[] namespaces = Environment.IsPrivilegedProcess ? ["--mount"] : ["--user", "--map-root-user", "--mount"];
        string[] asServer = Environment.IsPrivilegedProcess ? ["setpriv", $"--reuid={IdOf("Uid")}", $"--regid={IdOf("Gid")}", "--clear-groups"] : [];
        var mount = $"mount -t tmpfs -o size={Megabytes}m,mode=777 disk /tmp && exec \"$@\" sh -c 'mkdir /tmp/tables && echo mounted && exec cat'";
        var holder = Process.Start(new ProcessStartInfo("unshare", [.. namespaces, "sh", "-c", mount, "sh", .. asServer])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        return await holder.StandardOutput.ReadLineAsync(Cancel) == "mounted"
            ? holder
            : throw new InvalidOperationException(
                $"A disk can't be mounted for the test, which takes `unshare {string.Join(' ', namespaces)}`: {(await holder.StandardError.ReadToEndAsync(Cancel)).ReplaceLineEndings(" ").Trim()}");
    }

    private string IdOf(string kind) => File.ReadLines($"/proc/{_engine.ProcessId}/status").First(line => line.StartsWith(kind, StringComparison.Ordinal)).Split('\t')[1];
}
