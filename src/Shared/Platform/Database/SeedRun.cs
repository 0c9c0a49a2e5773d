using System.Runtime.CompilerServices;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary><c>db seed</c>: stores a history in a database that is up to date and holds nothing else, or that may.</summary>
/// <param name="force">Store it beside what is there.</param>
/// <param name="dryRun">Say whether it could be stored; the first event is enough for that.</param>
internal sealed class SeedRun(IServiceDatabase database, ISeed seed, bool force, bool dryRun)
{
    public async Task<DatabaseReport> RunAsync(TextReader text, Action<string> progress, CancellationToken ct)
    {
        IReadOnlyList<SchemaStep> steps = [];
        IReadOnlyList<string> seeded = [];
        string? problem = null;
        try
        {
            steps = await database.InspectAsync(ct);
            seeded = await StoreAsync(text, steps, progress, ct);
        }
        catch (StartupException exception)
        {
            problem = exception.Message;
        }

        return new DatabaseReport(
            database.Target, "seed", dryRun, database.Name, database.Server, problem is null, DatabaseReport.NewestOf(steps), DatabaseCommand.Brief(steps), [], [], problem)
        {
            Seeded = seeded,
        };
    }

    /// <returns>What the database holds of the history now; nothing in a dry run.</returns>
    private async Task<IReadOnlyList<string>> StoreAsync(TextReader text, IReadOnlyList<SchemaStep> steps, Action<string> progress, CancellationToken ct)
    {
        if (steps.Count(step => step.State is not StepState.Applied) is > 0 and var left)
            throw Problem($"{left} migrations are not applied. Apply them with `./chat db migrate {database.Target}`, then seed.");

        await using var events = EventHistory.ReadAsync(text, ct).GetAsyncEnumerator(ct);
        if (!await events.MoveNextAsync())
            throw new StartupException("There is no history on the standard input: `./chat db seed` makes one.");

        try
        {
            var first = events.Current;
            if (await seed.HoldsAsync(first, ct) is Holding.Others && !force)
            {
                throw Problem(
                    "it holds other data, which demonstration data would be mixed with. Use a new database, or say --force. "
                    + "Data of an earlier seed with other numbers or another --until is other data too.");
            }

            return dryRun ? [] : await seed.StoreAsync(AllAsync(first, events, ct), progress, ct);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            throw Problem($"somebody has a name or an address of the demonstration data already ({exception.MessageText}). Use a new database.", exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or MongoException or TimeoutException)
        {
            throw Problem($"the seed stopped: {exception.Message.ReplaceLineEndings(" ").Trim().TrimEnd('.')}. It is safe to repeat.", exception);
        }
    }

    private static async IAsyncEnumerable<object> AllAsync(object first, IAsyncEnumerator<object> rest, [EnumeratorCancellation] CancellationToken ct)
    {
        yield return first;
        while (await rest.MoveNextAsync())
        {
            ct.ThrowIfCancellationRequested();
            yield return rest.Current;
        }
    }

    private StartupException Problem(string problem, Exception? cause = null) => new($"database {database.Name} on {database.Server}: {problem}", cause);
}
