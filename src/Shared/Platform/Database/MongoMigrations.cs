using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>Applies a service's migrations in order, each once, under a lock that replicas share.</summary>
/// <param name="target">The database's name on the command line, and of its connection string.</param>
public sealed class MongoMigrations(string target, IMongoDatabase db, IReadOnlyList<MongoMigration> migrations, TimeProvider time) : IServiceDatabase
{
    /// <summary>The record of what was applied: in the database, but no part of what the service declares.</summary>
    public const string HistoryCollection = MongoHistory.Collection;

    private readonly MongoHistory _history = new(db, time);

    public string Target => target;

    public string Name => db.DatabaseNamespace.DatabaseName;

    public string Server => string.Join(',', db.Client.Settings.Servers);

    public Task<IReadOnlyList<SchemaStep>> InspectAsync(CancellationToken ct) => ExplainedAsync(() => _history.CompareAsync(migrations, ct));

    public Task<IReadOnlyList<string>> DriftAsync(CancellationToken ct) => ExplainedAsync(async () =>
    {
        var steps = await _history.CompareAsync(migrations, ct);
        var applied = steps.Where(step => step.State is StepState.Applied or StepState.Changed).SelectMany(step => Of(step).Collections);
        return (await MongoSchema.ReadAsync(db, ct)).DifferencesFrom(MongoSchema.Of(applied));
    });

    public Task MigrateAsync(Action<SchemaStep> progress, CancellationToken ct) => ExplainedAsync(async () =>
    {
        // Almost every start finds nothing to do, and asks for no lock.
        if (Pending(await _history.CompareAsync(migrations, ct)).Count == 0)
            return 0;

        await _history.LockedAsync(
            async () =>
            {
                var steps = await _history.CompareAsync(migrations, ct);
                foreach (var step in Pending(steps))
                {
                    await ApplyAsync(Of(step), ct);
                    progress(step with { State = StepState.Applied });
                }
            },
            ct);
        return 0;
    });

    public Task RepairAsync(Action<SchemaStep> progress, CancellationToken ct) => ExplainedAsync(async () =>
    {
        await _history.LockedAsync(
            async () =>
            {
                foreach (var step in (await _history.CompareAsync(migrations, ct)).Where(step => step.State == StepState.Changed))
                {
                    await _history.AcceptAsync(Of(step), ct);
                    progress(step with { State = StepState.Applied });
                }
            },
            ct);
        return 0;
    });

    public Task BaselineAsync(string version, Action<SchemaStep> progress, CancellationToken ct) => ExplainedAsync(async () =>
    {
        await _history.LockedAsync(
            async () =>
            {
                var steps = await _history.CompareAsync(migrations, ct);
                if (steps.LastOrDefault(step => step.State is not StepState.Pending) is { } applied)
                    throw Problem($"it has a history already, up to migration {applied.Name}. A baseline is for a database that has none.");
                if (await IsEmptyAsync(ct))
                    throw Problem($"it is empty, so there is nothing to declare. Build it with `./chat db migrate {target}`.");
                if (steps.All(step => step.Version != version))
                    throw Problem($"the program has no migration {version}. The versions are {string.Join(", ", steps.Select(step => step.Version))}.");

                foreach (var step in steps.TakeWhile(step => step.Version != version).Append(steps.First(step => step.Version == version)))
                {
                    await _history.EndAsync(Of(step), ct);
                    progress(step with { State = StepState.Applied });
                }
            },
            ct);
        return 0;
    });

    /// <summary>The service migrates with what it runs with.</summary>
    public Task CheckServiceAsync(CancellationToken ct) => Task.CompletedTask;

    private async Task ApplyAsync(MongoMigration migration, CancellationToken ct)
    {
        await _history.BeginAsync(migration, ct);
        try
        {
            await migration.UpAsync(db, ct);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            throw Problem(
                $"migration {migration.Version} {migration.Name} failed: {MongoProblem.Explain(exception, target, db)} It is safe to repeat: the next start runs it again.", exception);
        }

        await _history.EndAsync(migration, ct);
    }

    private async Task<bool> IsEmptyAsync(CancellationToken ct)
    {
        using var names = await db.ListCollectionNamesAsync(cancellationToken: ct);
        return !(await names.ToListAsync(ct)).Exists(name => name != MongoHistory.Collection);
    }

    private List<SchemaStep> Pending(IReadOnlyList<SchemaStep> steps) => SchemaProblem.Find(steps, target) is { } problem
        ? throw Problem(problem)
        : [.. steps.Where(step => step.State is StepState.Pending or StepState.Interrupted)];

    private MongoMigration Of(SchemaStep step) => migrations.First(migration => $"{migration.Version}" == step.Version);

    private StartupException Problem(string problem, Exception? cause = null) => new($"database {Name} on {Server}: {problem}", cause);

    private async Task<T> ExplainedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            throw Problem(MongoProblem.Explain(exception, target, db), exception);
        }
    }
}
