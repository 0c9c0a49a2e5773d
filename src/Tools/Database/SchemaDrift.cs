using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;
using ChatApp.Database.Scratch;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Database;

/// <summary>Tells how a live database differs from the declared schema of its service.</summary>
/// <param name="administrator">A role that may create databases: the declared schema is built in a scratch database, on this server or another of its version.</param>
public sealed class SchemaDrift(string administrator)
{
    /// <param name="liveConnectionString">Reads the catalog only. Who may do what is not compared: roles are granted to when a schema is created.</param>
    /// <returns>Nothing if they are equal.</returns>
    /// <exception cref="DatabaseToolException">A server or the declared schema is at fault.</exception>
    public async Task<IReadOnlyList<Difference>> FindAsync(ServiceDatabase service, string liveConnectionString, CancellationToken ct)
    {
        var live = WithoutPrivileges(await ReadAsync(service, liveConnectionString, ct));
        await using var workbench = await Workbench.CreateAsync(administrator, service.Schema, ct);
        var declared = WithoutPrivileges(await workbench.DeclaredAsync(service.Declared, ct));
        return Differences.Of(await workbench.CompareAsync(live, declared, ct));
    }

    private static async Task<SchemaModel> ReadAsync(ServiceDatabase service, string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(ct);
            return await CatalogReader.ReadAsync(connection, service.Schema, [PostgresMigrations.HistoryTable], ct);
        }
        catch (NpgsqlException exception)
        {
            throw new DatabaseToolException(
                $"{service.Service}: database {settings.Database} on {settings.Host}:{settings.Port} can't be read: {exception.Message}", exception);
        }
    }

    private static SchemaModel WithoutPrivileges(SchemaModel model) =>
        model with { Others = new(model.Others.Where(other => other.Kind != OtherQueries.Privileges)) };
}
