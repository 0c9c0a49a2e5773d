namespace ChatApp.Platform.Database;

/// <summary>
/// <c>db migrate|status|validate|repair|baseline|seed [--dry-run] [--json] [--version n] [--force]</c> as a service's arguments: the service does that with its
/// database and ends, without serving. Steps go to the standard error where <c>--json</c> asks for one document on the standard output. A seed is read from the
/// standard input.
/// </summary>
public sealed record DatabaseCommand(string Verb, bool DryRun, bool Json, string? Version, bool Force)
{
    private const string Usage = "usage: db migrate|status|validate|repair|baseline|seed [--dry-run] [--json] [--version n] [--force]";

    public static readonly IReadOnlyList<string> Verbs = ["migrate", "status", "validate", "repair", "baseline", "seed"];

    public static bool IsOne(string[] arguments) => arguments is ["db", ..];

    /// <exception cref="StartupException">The arguments are none that the command knows.</exception>
    public static DatabaseCommand Parse(string[] arguments)
    {
        if (arguments is not [_, var verb, .. var options] || !Verbs.Contains(verb))
            throw new StartupException(Usage);

        string? version = null;
        for (var i = 0; i < options.Length; i++)
        {
            if (options[i] == "--version" && i + 1 < options.Length)
                version = options[++i];
            else if (options[i] is not ("--dry-run" or "--json" or "--force"))
                throw new StartupException($"{options[i]} is not known. {Usage}");
        }

        return new DatabaseCommand(verb, options.Contains("--dry-run"), options.Contains("--json"), version, options.Contains("--force"));
    }

    /// <param name="seed">What stores a history, for a seed.</param>
    /// <param name="input">The history, for a seed.</param>
    /// <returns>The exit code: 0 only if all is well.</returns>
    public async Task<int> RunAsync(
        IServiceDatabase database, TextWriter output, TextWriter error, CancellationToken ct, ISeed? seed = null, TextReader? input = null)
    {
        var progress = Json ? error : output;
        var report = Verb == "seed"
            ? await new SeedRun(database, seed ?? throw new StartupException($"{database.Target} has nothing to seed."), Force, DryRun)
                .RunAsync(input ?? TextReader.Null, progress.WriteLine, ct)
            : await RunAsync(database, progress, ct);
        foreach (var difference in report.Drift)
            await progress.WriteLineAsync($"differs: {difference}");
        if (Json)
            await output.WriteLineAsync(report.ToJson());
        else if (report.Problem is { } problem)
            await error.WriteLineAsync($"{database.Target}: {problem}");
        else
            await output.WriteLineAsync($"{database.Target}: {report.Database} is at version {report.Version ?? "0"}, {report.Pending} pending.");

        return report.Ok ? 0 : 1;
    }

    private async Task<DatabaseReport> RunAsync(IServiceDatabase database, TextWriter progress, CancellationToken ct)
    {
        var done = new List<SchemaStep>();
        IReadOnlyList<SchemaStep> steps = [];
        IReadOnlyList<string> drift = [];
        string? problem = null;
        try
        {
            steps = await database.InspectAsync(ct);
            await ActAsync(database, steps, Did, ct);
            // Even if it did nothing: another one may have.
            if (Verb is not ("status" or "validate") && !DryRun)
                steps = await database.InspectAsync(ct);
            if (Verb is "status" or "validate")
            {
                foreach (var step in steps)
                    await progress.WriteLineAsync($"{step.Name}: {InWords(step.State)}");
                drift = await database.DriftAsync(ct);
            }

            // A dry run has not changed what it would.
            problem = DryRun && Verb is "repair" or "baseline" ? null : FindProblem(database, steps, drift);
        }
        catch (StartupException exception)
        {
            problem = exception.Message;
        }

        return new DatabaseReport(database.Target, Verb, DryRun, database.Name, database.Server, problem is null, DatabaseReport.NewestOf(steps), Brief(steps), DryRun ? done : Brief(done), drift, problem);

        void Did(SchemaStep step)
        {
            done.Add(step);
            progress.WriteLine($"{step.Name}: {(DryRun ? "would be " : "")}{InWords(step.State)}");
            if (DryRun && Verb == "migrate" && step.Text is { } text)
                progress.WriteLine(text.Trim());
        }
    }

    internal static IReadOnlyList<SchemaStep> Brief(IEnumerable<SchemaStep> steps) => [.. steps.Select(step => step with { Text = null })];

    private Task ActAsync(IServiceDatabase database, IReadOnlyList<SchemaStep> steps, Action<SchemaStep> did, CancellationToken ct)
    {
        switch (Verb, DryRun)
        {
            case ("migrate", false):
                return database.MigrateAsync(did, ct);
            case ("repair", false):
                return database.RepairAsync(did, ct);
            case ("baseline", false):
                return database.BaselineAsync(BaselineOf(steps), did, ct);
            case ("migrate", true):
                foreach (var step in steps.Where(step => step.State is StepState.Pending or StepState.Interrupted))
                    did(step with { State = StepState.Applied });
                break;
            case ("repair", true):
                foreach (var step in steps.Where(step => step.State is StepState.Changed or StepState.HalfApplied))
                    did(step with { State = step.State == StepState.Changed ? StepState.Applied : StepState.Pending });
                break;
            case ("baseline", true):
                foreach (var step in steps.TakeWhile(step => step.State == StepState.Pending).Reverse().SkipWhile(step => step.Version != BaselineOf(steps)).Reverse())
                    did(step with { State = StepState.Applied });
                break;
        }

        return Task.CompletedTask;
    }

    private string BaselineOf(IReadOnlyList<SchemaStep> steps) => Version ?? (steps.Count > 0 ? steps[^1].Version : "0");

    private string? FindProblem(IServiceDatabase database, IReadOnlyList<SchemaStep> steps, IReadOnlyList<string> drift)
    {
        var problem = SchemaProblem.Find(steps, database.Target);
        if (problem is null && Verb == "validate" && steps.Any(step => step.State == StepState.Pending))
            problem = $"{steps.Count(step => step.State == StepState.Pending)} migrations are pending. Apply them with `./chat db migrate {database.Target}`.";
        if (problem is null && drift.Count > 0)
            problem = $"it differs from what the migrations declare: {string.Join("; ", drift)}. Write a migration that makes it so, or undo what was changed by hand.";
        return problem is null ? null : $"database {database.Name} on {database.Server}: {problem}";
    }

    private static string InWords(StepState state) => state switch
    {
        StepState.Applied => "applied",
        StepState.Pending => "pending",
        StepState.Changed => "changed after it was applied",
        StepState.OutOfOrder => "before one that is applied already",
        StepState.HalfApplied => "stopped half-way",
        StepState.Interrupted => "begun, but not ended: it runs again",
        StepState.Unknown => "applied, but not in this program",
        StepState.Duplicate => "has the version of another one",
        _ => throw new ArgumentOutOfRangeException(nameof(state)),
    };
}
