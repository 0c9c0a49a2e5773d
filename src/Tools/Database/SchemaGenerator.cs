using ChatApp.Database.Compare;
using ChatApp.Database.Planning;
using ChatApp.Database.Scratch;

namespace ChatApp.Database;

/// <param name="Name">Of the migration; without it, it follows from the change.</param>
/// <param name="AllowDestructive">Write statements too that lose data, hold long locks or may fail.</param>
/// <param name="DryRun">Derive and prove everything, write nothing.</param>
public sealed record GenerateOptions(string? Name = null, bool AllowDestructive = false, bool DryRun = false);

public enum GenerateOutcome
{
    /// <summary>The migrations build what is declared.</summary>
    NothingToDo,

    Written,

    /// <summary>A dry run that would have written.</summary>
    WouldWrite,

    /// <summary>There are hazards, and nobody allowed them.</summary>
    NeedsPermission,

    /// <summary>There are differences for which no statement is derived; see the plan's refusals.</summary>
    NotExpressible,

    /// <summary>The statements don't lead to what is declared; see what is left.</summary>
    NotFaithful,
}

/// <param name="File">Where the script is or would be.</param>
/// <param name="Script">Its text.</param>
/// <param name="Left">What would still differ, or why the statements don't run.</param>
public sealed record GenerateResult(GenerateOutcome Outcome, FileInfo? File = null, string? Script = null, IReadOnlyList<Difference>? Left = null)
{
    /// <summary>Why statements need a decision.</summary>
    public IReadOnlyList<Hazard> Hazards { get; init; } = [];

    /// <summary>Differences that nothing is derived for.</summary>
    public IReadOnlyList<Refusal> Refusals { get; init; } = [];

    /// <summary>Whether the migrations build what is declared, now.</summary>
    public bool Succeeded => Outcome is GenerateOutcome.NothingToDo or GenerateOutcome.Written or GenerateOutcome.WouldWrite;

    /// <summary>Writes a script that leads to what is declared, unless it would do harm that nobody allowed.</summary>
    internal static async Task<GenerateResult> WriteAsync(
        GenerateOptions options, IReadOnlyList<Hazard> hazards, FileInfo file, string script, IReadOnlyList<Difference> left, CancellationToken ct)
    {
        var outcome = left.Count > 0 ? GenerateOutcome.NotFaithful
            : hazards.Count > 0 && !options.AllowDestructive ? GenerateOutcome.NeedsPermission
            : options.DryRun ? GenerateOutcome.WouldWrite : GenerateOutcome.Written;
        if (outcome == GenerateOutcome.Written)
        {
            // Under its name only when it is whole.
            file.Directory!.Create();
            var unfinished = $"{file.FullName}.{Guid.NewGuid():N}";
            await System.IO.File.WriteAllTextAsync(unfinished, script, ct);
            System.IO.File.Move(unfinished, file.FullName);
        }

        return new GenerateResult(outcome, file, script, left) { Hazards = hazards };
    }
}

/// <summary>Writes the next migration of a service: what its declared schema has and its migrations don't build.</summary>
/// <param name="administrator">A role that may create databases, on any server of the version in use: no database of a service is touched.</param>
public sealed class SchemaGenerator(string administrator)
{
    /// <exception cref="DatabaseToolException">The server, the declared schema or an existing migration is at fault.</exception>
    public async Task<GenerateResult> GenerateAsync(ServiceDatabase service, GenerateOptions options, CancellationToken ct)
    {
        var version = Migrations.NextVersion(service.Migrations, "V*__*.sql");
        await using var workbench = await Workbench.CreateAsync(administrator, service.Schema, ct);
        var declared = await workbench.DeclaredAsync(service.Declared, ct);
        var built = await workbench.MigratedAsync(service.Migrations, ct);
        var comparison = await workbench.CompareAsync(built, declared, ct);
        if (comparison.IsEmpty)
            return new GenerateResult(GenerateOutcome.NothingToDo);

        var plan = Planner.Plan(comparison);
        if (plan.Refusals.Count > 0)
            return new GenerateResult(GenerateOutcome.NotExpressible) { Refusals = plan.Refusals };

        var file = Migrations.File(service.Migrations, version, options.Name ?? Migrations.NameOf(comparison));
        var script = Migrations.Script(plan);
        var left = await ProveAsync(workbench, service, comparison, file.Name, script, ct);
        return await GenerateResult.WriteAsync(options, [.. plan.Hazards], file, script, left, ct);
    }

    /// <summary>Runs all migrations and the new one, as a service would that starts on an empty database.</summary>
    private static async Task<IReadOnlyList<Difference>> ProveAsync(
        Workbench workbench, ServiceDatabase service, Comparison comparison, string name, string script, CancellationToken ct)
    {
        var copy = Directory.CreateTempSubdirectory("chatapp-migrations-");
        try
        {
            foreach (var existing in service.Migrations.Exists ? service.Migrations.GetFiles("*.sql") : [])
                existing.CopyTo(Path.Combine(copy.FullName, existing.Name));
            await File.WriteAllTextAsync(Path.Combine(copy.FullName, name), script, ct);
            var reached = await workbench.MigratedAsync(copy, ct);
            return Differences.Of(await workbench.CompareAsync(reached, comparison.To, ct));
        }
        catch (DatabaseToolException exception)
        {
            return [new Difference(name, $"does not run: {exception.Message}")];
        }
        finally
        {
            copy.Delete(recursive: true);
        }
    }
}
