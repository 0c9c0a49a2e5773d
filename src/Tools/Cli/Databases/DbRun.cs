using ChatApp.Cli.Demonstration;
using ChatApp.Contracts;
using ChatApp.Database;
using ChatApp.Database.Mongo;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

namespace ChatApp.Cli.Databases;

/// <summary>One command for its targets, one after the other. One that fails stops no other.</summary>
internal sealed record DbRun(
    StackOptions Options, string Verb, IReadOnlyList<Target> Targets, IReadOnlyList<string> Connections, bool DryRun, bool Json, string? Version)
{
    /// <summary>What a seed stores.</summary>
    public DemoHistory? History { get; init; }

    /// <summary>A seed goes into databases too that hold other data.</summary>
    public bool Force { get; init; }

    private bool Administers => Verb is "create-schemas" or "up";

    /// <returns>0 only if all is well.</returns>
    public async Task<int> RunAsync(CancellationToken ct)
    {
        Directory.CreateDirectory(Options.State);
        await using var servers = await Servers.FindAsync(Options, Connections, Targets, Administers, Say, ct);
        var outcomes = new List<Outcome>();
        // A seed goes into all databases or into none: each is asked before the first is written to.
        if (History is not null)
        {
            foreach (var target in Targets)
                outcomes.Add(await SeedAsync(target, servers, dryRun: true, ct));
        }

        if (History is null || (!DryRun && outcomes.TrueForAll(outcome => outcome.Ok)))
        {
            outcomes.Clear();
            foreach (var target in Targets)
                outcomes.Add(await RunAsync(target, servers, ct));
        }

        var ok = outcomes.TrueForAll(outcome => outcome.Ok);
        if (Json)
            Console.WriteLine(new Outcomes(Verb, DryRun, ok, outcomes).ToJson());
        else
            Show(outcomes);
        return ok ? 0 : 1;
    }

    private async Task<Outcome> RunAsync(Target target, Servers servers, CancellationToken ct)
    {
        void Progress(string line) => Say($"{target.Name,-12}  {line}");

        if (History is not null)
            return await SeedAsync(target, servers, dryRun: false, ct);
        if (Verb == "diagram")
            return await new Diagrams(Options, servers).DrawAsync(target, DryRun, Progress, ct);

        var created = Administers ? await new Schemas(StackSecrets.LoadOrCreate(Options), servers).CreateAsync(target, DryRun, Progress, ct) : null;
        if (created is not null && (Verb == "create-schemas" || !created.Ok || DryRun))
            return created;

        var verb = Verb == "up" ? "migrate" : Verb;
        IEnumerable<string> arguments = [verb, .. DryRun ? (string[])["--dry-run"] : [], .. Version is null ? (string[])[] : ["--version", Version]];
        var outcome = await new ServiceProgram(Options, servers).RunAsync(target, [.. arguments], Progress, ct);
        return Verb is "status" or "validate" && outcome is { Ok: true, Pending: 0 } ? await DriftAsync(target, outcome, servers, Progress, ct) : outcome;
    }

    /// <summary>Tells the service's program the history, or only how it begins.</summary>
    private Task<Outcome> SeedAsync(Target target, Servers servers, bool dryRun, CancellationToken ct)
    {
        IEnumerable<string> arguments = ["seed", .. dryRun ? (string[])["--dry-run"] : [], .. Force ? (string[])["--force"] : []];
        var history = dryRun ? History!.Of([UserRegistered.Topic]).Take(1) : History!.Of(target.Topics);
        return new ServiceProgram(Options, servers).RunAsync(target, [.. arguments], line => Say($"{target.Name,-12}  {line}"), ct, history);
    }

    /// <summary>What a database should look like is declared in the sources.</summary>
    private async Task<Outcome> DriftAsync(Target target, Outcome outcome, Servers servers, Action<string> progress, CancellationToken ct)
    {
        try
        {
            if (await FindDriftAsync(target, servers, ct) is not { } drift)
            {
                progress("drift is not looked for: that takes the sources and an administrator's address (CHATAPP_POSTGRES or --connection)");
                return outcome;
            }

            foreach (var difference in drift)
                progress($"differs: {difference}");
            return drift.Count == 0 ? outcome : outcome with
            {
                Ok = false,
                Drift = drift,
                Problem = $"database {outcome.Database} on {outcome.Server}: it differs from the declared schema. Write a migration with `./chat db generate {target.Name}`, "
                    + "or undo what was changed by hand.",
            };
        }
        catch (DatabaseToolException exception)
        {
            return outcome with { Ok = false, Problem = exception.Message };
        }
    }

    /// <returns>Null where it can't be told: the sources are missing or, for PostgreSQL, where to build what they declare.</returns>
    private async Task<IReadOnlyList<string>?> FindDriftAsync(Target target, Servers servers, CancellationToken ct)
    {
        var repository = new DirectoryInfo(Options.Repository);
        if (target.Mongo is not null)
        {
            var collections = ServiceCollections.All(repository).First(service => service.Service == target.Name);
            return collections.Declared.Exists ? await CollectionDrift.FindAsync(collections, servers.Connection(target), ct) : null;
        }

        var tables = Database.ServiceDatabase.All(repository).First(service => service.Service == target.Name);
        return servers.PostgresAdministrator is { } administrator && tables.Declared.Exists
            ? [.. (await new SchemaDrift(administrator).FindAsync(tables, servers.Connection(target), ct)).Select(difference => difference.ToString())]
            : null;
    }

    private void Say(string line) => (Json ? Console.Error : Console.Out).WriteLine(line);

    private void Show(IReadOnlyList<Outcome> outcomes)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var column in (string[])["service", "database", "server", "version", "result"])
            table.AddColumn(new TableColumn(column).NoWrap());
        foreach (var outcome in outcomes)
        {
            table.AddRow(
                new Text(outcome.Service),
                new Text(outcome.Database),
                new Text(outcome.Server ?? ""),
                new Text(outcome.Pending > 0 ? $"{outcome.Version ?? "0"}, {outcome.Pending} pending" : outcome.Version ?? ""),
                outcome.Ok ? new Markup(DryRun ? "dry run" : "[green]ok[/]") : new Markup("[red]failed[/]"));
        }

        AnsiConsole.Write(table);
        foreach (var outcome in outcomes.Where(outcome => outcome.Problem is not null))
            Console.Error.WriteLine($"{outcome.Service}: {outcome.Problem}");
    }
}
