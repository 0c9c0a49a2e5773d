using Npgsql;

namespace ChatApp.Database.Scratch;

/// <summary>
/// A database of a random name that lives as long as this object. An advisory lock on its name says that somebody is using it; the server takes the lock
/// back from a process that was killed, so a later run knows what was left behind and drops it.
/// </summary>
internal sealed class ScratchDatabase : IAsyncDisposable
{
    public const string Prefix = "chatapp_scratch_";

    private readonly NpgsqlConnection _administrator;
    private readonly string _name;

    private ScratchDatabase(NpgsqlConnection administrator, string name, string connectionString) =>
        (_administrator, _name, ConnectionString) = (administrator, name, connectionString);

    public string ConnectionString { get; }

    /// <param name="connectionString">A role that may create databases.</param>
    public static async Task<ScratchDatabase> CreateAsync(string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, CommandTimeout = 60 };
        var administrator = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await administrator.OpenAsync(ct);
            await DropLeftoversAsync(administrator, ct);
            var name = $"{Prefix}{Guid.CreateVersion7():N}";
            await administrator.ExecuteAsync($"SELECT pg_advisory_lock(hashtextextended('{name}', 0))", ct);
            await administrator.ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0", ct);
            settings.Database = name;
            return new ScratchDatabase(administrator, name, settings.ConnectionString);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            await administrator.DisposeAsync();
            if (exception is OperationCanceledException)
                throw;
            throw new DatabaseToolException(
                $"no scratch database can be made on {settings.Host}:{settings.Port}: {exception.Message} It takes a server that runs and a role that may create databases.", exception);
        }
    }

    public async Task<NpgsqlConnection> OpenAsync(string schema, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(ConnectionString) { SearchPath = schema };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync(ct);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        // Also when the command was cancelled: the database would stay.
        await _administrator.ExecuteAsync($"DROP DATABASE IF EXISTS {_name} WITH (FORCE)", CancellationToken.None);
        await _administrator.DisposeAsync();
    }

    private static async Task DropLeftoversAsync(NpgsqlConnection administrator, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand($"SELECT ARRAY(SELECT datname::text FROM pg_database WHERE starts_with(datname, '{Prefix}'))", administrator);
        foreach (var name in (string[])(await command.ExecuteScalarAsync(ct))!)
        {
            var key = $"hashtextextended({Planning.SqlText.Literal(name)}, 0)";
            await using var isLeft = new NpgsqlCommand($"SELECT pg_try_advisory_lock({key})", administrator);
            if (!(bool)(await isLeft.ExecuteScalarAsync(ct))!)
                continue;
            try
            {
                await administrator.ExecuteAsync($"DROP DATABASE IF EXISTS {Planning.SqlText.Name(name)}", ct);
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.ObjectInUse)
            {
                // Somebody looks at it; the next run tries again.
            }
            finally
            {
                await administrator.ExecuteAsync($"SELECT pg_advisory_unlock({key})", CancellationToken.None);
            }
        }
    }
}
