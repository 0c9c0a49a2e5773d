using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;
using ChatApp.Database.Planning;
using ChatApp.Platform;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Database.Scratch;

/// <summary>Builds one schema after the other in a scratch database and reads what came of it.</summary>
internal sealed class Workbench : IAsyncDisposable
{
    private readonly ScratchDatabase _scratch;
    private readonly NpgsqlConnection _connection;
    private readonly string _schema;

    private Workbench(ScratchDatabase scratch, NpgsqlConnection connection, string schema) => (_scratch, _connection, _schema) = (scratch, connection, schema);

    public static async Task<Workbench> CreateAsync(string administrator, string schema, CancellationToken ct)
    {
        var scratch = await ScratchDatabase.CreateAsync(administrator, ct);
        try
        {
            return new Workbench(scratch, await scratch.OpenAsync(schema, ct), schema);
        }
        catch
        {
            await scratch.DisposeAsync();
            throw;
        }
    }

    public async Task<SchemaModel> DeclaredAsync(DirectoryInfo folder, CancellationToken ct)
    {
        await ClearAsync(ct);
        await DeclaredSchema.BuildAsync(_connection, folder, ct);
        return await ReadAsync(ct);
    }

    /// <summary>As a service does it at start-up.</summary>
    public async Task<SchemaModel> MigratedAsync(DirectoryInfo folder, CancellationToken ct)
    {
        await ClearAsync(ct);
        if (folder.Exists && folder.EnumerateFiles("*.sql").Any())
        {
            try
            {
                await new PostgresMigrations("scratch", _schema, _scratch.ConnectionString, service: null, PostgresScript.In(folder)).MigrateAsync(_ => { }, ct);
            }
            catch (StartupException exception)
            {
                throw new DatabaseToolException(exception.Message, exception);
            }
        }

        return await ReadAsync(ct);
    }

    /// <summary>
    /// Compares two models, and if they differ, what the server makes of their own words: it may write an expression, read it back and write it differently
    /// (<c>(ARRAY['a'::character varying])::text[]</c> becomes <c>ARRAY[('a'::character varying)::text]</c>), which is no difference.
    /// </summary>
    public async Task<Comparison> CompareAsync(SchemaModel from, SchemaModel to, CancellationToken ct)
    {
        var asRead = Comparison.Between(from, to);
        return asRead.IsEmpty ? asRead : Comparison.Between(await SettleAsync(from, ct), await SettleAsync(to, ct));
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _scratch.DisposeAsync();
    }

    private async Task<SchemaModel> SettleAsync(SchemaModel model, CancellationToken ct)
    {
        for (var round = 0; round < 3; round++)
        {
            await ClearAsync(ct);
            try
            {
                // What the plan can't say, an expression may still need.
                foreach (var function in model.Others.Where(other => other.Kind == "function"))
                    await _connection.ExecuteAsync(function.Definition, ct);
                foreach (var step in Planner.Plan(Comparison.Between(SchemaModel.Empty, model)).Steps)
                    await _connection.ExecuteAsync(step.Sql, ct);
            }
            catch (PostgresException)
            {
                // It rests on something that only a hand-written script makes: then the server's first words have to do.
                return model;
            }

            var settled = await ReadAsync(ct) with { Others = model.Others };
            if (Comparison.Between(model, settled).IsEmpty)
                break;
            model = settled;
        }

        return model;
    }

    private Task ClearAsync(CancellationToken ct) => _connection.ExecuteAsync(
        $"DROP SCHEMA IF EXISTS {SqlText.Name(_schema)} CASCADE; CREATE SCHEMA {SqlText.Name(_schema)}; SET search_path = {SqlText.Name(_schema)}", ct);

    private Task<SchemaModel> ReadAsync(CancellationToken ct) => CatalogReader.ReadAsync(_connection, _schema, [PostgresMigrations.HistoryTable], ct);
}
