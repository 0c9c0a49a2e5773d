using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Enums and domains.</summary>
internal sealed class TypeSteps(Comparison comparison, Recreations recreations)
{
    /// <summary>Before any column uses them. What is replaced goes on under another name until the columns have moved.</summary>
    public IEnumerable<PlanStep> Change() =>
    [
        .. comparison.Enums.Changed.Where(type => recreations.Enums.Contains(type.To.Name)).SelectMany(Replace),
        .. comparison.Enums.Changed.Where(type => !recreations.Enums.Contains(type.To.Name)).SelectMany(Grow),
        .. comparison.Enums.Added.Select(type => new PlanStep(Create(type))),
        .. Planner.InOrder(comparison.Domains.Added, type => type.Name, type => type.OwnType is { } inner ? [inner] : []).Select(type => new PlanStep(Create(type))),
        .. comparison.Domains.Changed.SelectMany(Change),
    ];

    /// <summary>After no column uses them.</summary>
    public IEnumerable<PlanStep> Drop() =>
    [
        .. Planner.InOrder(comparison.Domains.Removed, type => type.Name, type => type.OwnType is { } inner ? [inner] : []).AsEnumerable().Reverse()
            .Select(type => new PlanStep($"DROP DOMAIN {SqlText.Name(type.Name)}")),
        .. comparison.Enums.Removed.Select(type => new PlanStep($"DROP TYPE {SqlText.Name(type.Name)}")),
        .. recreations.Enums.Select(type => new PlanStep($"DROP TYPE {SqlText.Name(Old(type))}")),
    ];

    private static string Old(string type) => $"{type}_old";

    private static IEnumerable<PlanStep> Replace(Pair<EnumType> type) =>
    [
        new($"ALTER TYPE {SqlText.Name(type.To.Name)} RENAME TO {SqlText.Name(Old(type.To.Name))}"),
        new(Create(type.To)),
    ];

    private static string Create(EnumType type) => $"CREATE TYPE {SqlText.Name(type.Name)} AS ENUM ({string.Join(", ", type.Labels.Select(SqlText.Literal))})";

    private static IEnumerable<PlanStep> Grow(Pair<EnumType> type)
    {
        for (var i = 0; i < type.To.Labels.Count; i++)
        {
            if (type.From.Labels.Contains(type.To.Labels[i]))
                continue;
            // The label before is there by now; the first has none.
            var place = i > 0 ? $" AFTER {SqlText.Literal(type.To.Labels[i - 1])}"
                : type.From.Labels.Count > 0 ? $" BEFORE {SqlText.Literal(type.From.Labels[0])}" : "";
            yield return new PlanStep($"ALTER TYPE {SqlText.Name(type.To.Name)} ADD VALUE {SqlText.Literal(type.To.Labels[i])}{place}");
        }
    }

    private static string Create(DomainType type) =>
        $"CREATE DOMAIN {SqlText.Name(type.Name)} AS {type.Type}{(type.Collation is { } collation ? $" COLLATE {collation}" : "")}"
        + (type.Default is { } value ? $" DEFAULT {value}" : "")
        + (type.NotNull ? " NOT NULL" : "")
        + string.Concat(type.Checks.Select(check => $" CONSTRAINT {SqlText.Name(check.Name)} {check.Definition}"));

    private IEnumerable<PlanStep> Change(Pair<DomainType> type)
    {
        var alter = $"ALTER DOMAIN {SqlText.Name(type.To.Name)}";
        var scan = comparison.From.Columns.Any(column => column.OwnType == type.To.Name)
            ? new Hazard(Danger.LongLock, $"every table with a column of {type.To.Name} is read while nobody writes it, and a row that breaks the rule stops the migration",
                "add the constraint NOT VALID, then VALIDATE CONSTRAINT in the next migration")
            : null;
        var checks = Delta.Between(type.From.Checks, type.To.Checks, check => check.Name);
        foreach (var check in checks.Removed.Concat(checks.Changed.Select(check => check.From)))
            yield return new PlanStep($"{alter} DROP CONSTRAINT {SqlText.Name(check.Name)}");
        if (type.From.Default != type.To.Default)
            yield return new PlanStep(type.To.Default is { } value ? $"{alter} SET DEFAULT {value}" : $"{alter} DROP DEFAULT");
        if (type.From.NotNull != type.To.NotNull)
            yield return type.To.NotNull ? new PlanStep($"{alter} SET NOT NULL", scan) : new PlanStep($"{alter} DROP NOT NULL");
        foreach (var check in checks.Added.Concat(checks.Changed.Select(check => check.To)))
            yield return new PlanStep($"{alter} ADD CONSTRAINT {SqlText.Name(check.Name)} {check.Definition}", scan);
    }
}
