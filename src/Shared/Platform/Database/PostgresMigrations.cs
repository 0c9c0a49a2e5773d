using System.Runtime.ExceptionServices;
using EvolveDb;
using EvolveDb.Configuration;
using EvolveDb.Dialect;
using EvolveDb.Migration;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>
/// Migration scripts (<c>V1__name.sql</c>), applied by Evolve one after the other, each in a transaction of its own, under a lock, so that replicas which start
/// together run each script once. A script that fails is rolled back.
/// </summary>
/// <param name="target">The database's name on the command line, and of its connection strings.</param>
/// <param name="schema">The schema that the scripts build; the history is in it too.</param>
/// <param name="owner">The role that owns the schema.</param>
/// <param name="service">The role that the service runs with, if it is another one.</param>
/// <param name="scripts">The program's, oldest first.</param>
public sealed class PostgresMigrations(string target, string schema, string owner, string? service, IReadOnlyList<PostgresScript> scripts) : IServiceDatabase
{
    /// <summary>Evolve's record of what it has applied: in the schema, but no part of what the service declares.</summary>
    public const string HistoryTable = "schema_history";

    private readonly NpgsqlConnectionStringBuilder _settings =
        new(owner) { SearchPath = schema, Pooling = false, CommandTimeout = 0 };

    private PostgresProblem Problem => new(_settings, target, $"ConnectionStrings__{target}{(service is null ? "" : "_owner")}");

    public string Target => target;

    public string Name => _settings.Database ?? "";

    public string Server => $"{_settings.Host}:{_settings.Port}";

    public Task<IReadOnlyList<SchemaStep>> InspectAsync(CancellationToken ct) =>
        ConnectedAsync(connection => new PostgresHistory(connection, schema).CompareAsync(scripts, ct), ct);

    /// <summary>What the scripts build is compared by a tool of its own, which needs a server where it may create databases.</summary>
    public Task<IReadOnlyList<string>> DriftAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<string>>([]);

    public Task MigrateAsync(Action<SchemaStep> progress, CancellationToken ct) => ConnectedAsync(
        async connection =>
        {
            var history = new PostgresHistory(connection, schema);
            // Almost every start finds nothing to do, and asks for no lock.
            if (Pending(await history.CompareAsync(scripts, ct)).Count == 0)
                return 0;

            await LockAsync(connection, ct);
            foreach (var step in Pending(await history.CompareAsync(scripts, ct)))
            {
                await ApplyAsync(connection, scripts.Single(script => script.Label == step.Version), ct);
                progress(step with { State = StepState.Applied });
            }

            return 0;
        },
        ct);

    public Task RepairAsync(Action<SchemaStep> progress, CancellationToken ct) => ConnectedAsync(
        async connection =>
        {
            await LockAsync(connection, ct);
            var history = new PostgresHistory(connection, schema);
            var wrong = (await history.CompareAsync(scripts, ct)).Where(step => step.State is StepState.Changed or StepState.HalfApplied).ToList();
            foreach (var half in wrong.Where(step => step.State == StepState.HalfApplied))
                await history.EndAsync(half.Version, ct);
            if (wrong.Exists(step => step.State == StepState.Changed))
                await EvolveAsync(connection, evolve => evolve.Repair(), ct);

            foreach (var step in wrong)
                progress(step with { State = step.State == StepState.Changed ? StepState.Applied : StepState.Pending });

            return 0;
        },
        ct);

    public Task BaselineAsync(string version, Action<SchemaStep> progress, CancellationToken ct) => ConnectedAsync(
        async connection =>
        {
            await LockAsync(connection, ct);
            var history = new PostgresHistory(connection, schema);
            var steps = await history.CompareAsync(scripts, ct);
            if (steps.LastOrDefault(step => step.State is not StepState.Pending) is { } applied)
                throw Problem.Of($"it has a history already, up to migration {applied.Name}. A baseline is for a database that has none.");
            if (!await history.HasTablesAsync(ct))
                throw Problem.Of($"schema {schema} is empty, so there is nothing to declare. Build it with `./chat db migrate {target}`.");
            if (steps.All(step => step.Version != version))
                throw Problem.Of($"the program has no migration {version}. The versions are {string.Join(", ", steps.Select(step => step.Version))}.");

            var last = new MigrationVersion(version);
            await EvolveAsync(connection, evolve =>
            {
                evolve.SkipNextMigrations = true;
                evolve.TargetVersion = last;
                evolve.Migrate();
            }, ct);
            foreach (var step in steps.Where(step => new MigrationVersion(step.Version) <= last))
                progress(step with { State = StepState.Applied });

            return 0;
        },
        ct);

    public async Task CheckServiceAsync(CancellationToken ct)
    {
        if (service is null)
            return;

        var settings = new NpgsqlConnectionStringBuilder(service) { Pooling = false };
        var problem = new PostgresProblem(settings, target, $"ConnectionStrings__{target}");
        try
        {
            await using var connection = new NpgsqlConnection(settings.ConnectionString);
            await connection.OpenAsync(ct);
            await using var command = new NpgsqlCommand(
                """
                SELECT string_agg(c.relname, ', ' ORDER BY c.relname)
                FROM pg_class c
                WHERE c.relnamespace = to_regnamespace($1) AND c.relkind IN ('r', 'p') AND c.relname <> $2
                    AND NOT (has_schema_privilege(c.relnamespace, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')
                        AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'))
                """,
                connection);
            command.Parameters.AddWithValue(schema);
            command.Parameters.AddWithValue(HistoryTable);
            if (await command.ExecuteScalarAsync(ct) is string tables)
                throw problem.Of($"role {settings.Username} lacks a privilege (it can't read and write {tables}). Grant it with `./chat db create-schemas {target}`.");
        }
        catch (NpgsqlException exception)
        {
            throw problem.Of(exception);
        }
    }

    private List<SchemaStep> Pending(IReadOnlyList<SchemaStep> steps) => SchemaProblem.Find(steps, target) is { } problem
        ? throw Problem.Of(problem)
        : [.. steps.Where(step => step.State == StepState.Pending)];

    private async Task ApplyAsync(NpgsqlConnection connection, PostgresScript script, CancellationToken ct)
    {
        var history = new PostgresHistory(connection, schema);
        try
        {
            // The first script makes the history, so it has to be one that runs in a transaction.
            if (!script.IsTransactionEnabled && await history.ExistsAsync(ct))
                await history.BeginAsync(script, ct);
            await EvolveAsync(connection, evolve =>
            {
                evolve.TargetVersion = script.Number;
                evolve.Migrate();
            }, ct);
            if (!script.IsTransactionEnabled)
                await history.EndAsync(script.Label, ct);
        }
        catch (EvolveException exception)
        {
            throw Problem.Of(exception, script);
        }
    }

    /// <summary>Replicas queue here, for Evolve asks for its own lock only every few seconds. The lock goes with the connection.</summary>
    private static async Task LockAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT pg_advisory_lock(hashtext('migrations'))", connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<T> ConnectedAsync<T>(Func<NpgsqlConnection, Task<T>> work, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(_settings.ConnectionString);
        try
        {
            await connection.OpenAsync(ct);
            return await work(connection);
        }
        catch (NpgsqlException exception)
        {
            throw Problem.Of(exception);
        }
        catch (EvolveException exception) when (exception.InnerException is NpgsqlException cause)
        {
            throw Problem.Of(cause);
        }
    }

    /// <summary>
    /// Evolve works on the calling thread. When the server's error ends the connection, as a full disk does, Evolve fails to roll back and reports only that;
    /// so the first error is noted as it is thrown.
    /// </summary>
    private Task EvolveAsync(NpgsqlConnection connection, Action<Evolve> work, CancellationToken ct) => Task.Run(
        () =>
        {
            var thread = Environment.CurrentManagedThreadId;
            PostgresException? first = null;
            AppDomain.CurrentDomain.FirstChanceException += Note;
            try
            {
                work(new Evolve(connection, dbms: DBMS.PostgreSQL)
                {
                    MigrationLoader = new PostgresScripts(scripts),
                    Schemas = [schema],
                    MetadataTableSchema = schema,
                    MetadataTableName = HistoryTable,
                    TransactionMode = TransactionKind.CommitEach,
                    IsEraseDisabled = true,
                });
            }
            catch (Exception) when (first is not null)
            {
                throw new EvolveException("", first);
            }
            finally
            {
                AppDomain.CurrentDomain.FirstChanceException -= Note;
            }

            void Note(object? sender, FirstChanceExceptionEventArgs thrown)
            {
                if (Environment.CurrentManagedThreadId == thread)
                    first ??= thrown.Exception as PostgresException;
            }
        },
        ct);
}
