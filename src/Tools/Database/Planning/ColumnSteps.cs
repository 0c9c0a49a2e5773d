using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Columns of tables that stay.</summary>
internal sealed class ColumnSteps(Comparison comparison, Recreations recreations)
{
    private readonly HashSet<string> _newTables = comparison.Tables.Added.Select(table => table.Name).ToHashSet();
    private readonly HashSet<string> _goneTables = comparison.Tables.Removed.Select(table => table.Name).ToHashSet();

    /// <summary>Generated columns before those that they are generated from.</summary>
    public IEnumerable<PlanStep> Drop() => comparison.Columns.Removed.Where(column => !_goneTables.Contains(column.Table))
        .OrderBy(column => column.Generated is null)
        .Select(column => new PlanStep(
            $"ALTER TABLE {SqlText.Name(column.Table)} DROP COLUMN {SqlText.Name(column.Name)}",
            column.Generated is null ? new Hazard(Danger.LosesData, $"all values of {column.FullName} are gone", InsteadOfDropping(column)) : null));

    public IEnumerable<PlanStep> Change() =>
    [
        // First: what a column is generated from can't change its type.
        .. comparison.Columns.Changed.Where(column => column.From.Generated is not null && column.To.Generated is null)
            .Select(column => new PlanStep($"ALTER TABLE {SqlText.Name(column.To.Table)} ALTER COLUMN {SqlText.Name(column.To.Name)} DROP EXPRESSION")),
        .. comparison.Columns.Kept.Where(column => column.From != column.To || recreations.Retyped.ContainsKey(column.To.FullName))
            .SelectMany(column => new ColumnChange(column, recreations).Steps()),
        .. comparison.Columns.Added.Where(column => !_newTables.Contains(column.Table))
            .OrderBy(column => column.Generated is not null)
            .Select(column => new PlanStep($"ALTER TABLE {SqlText.Name(column.Table)} ADD COLUMN {SqlText.Name(column.Name)} {SqlText.Definition(column)}", Adding(column))),
    ];

    private string InsteadOfDropping(Column gone)
    {
        var heirs = comparison.Columns.Added.Where(column => column.Table == gone.Table && column.Type == gone.Type).Select(column =>
            $"if {gone.Name} became {column.Name}, write ALTER TABLE {SqlText.Name(gone.Table)} RENAME COLUMN {SqlText.Name(gone.Name)} TO {SqlText.Name(column.Name)} by hand");
        return string.Join("; ", heirs.Append("drop it a release after the last program that reads or writes it"));
    }

    /// <summary>ALTER TABLE, "Notes": a default that is the same for all rows is kept in the catalog, any other is written to each.</summary>
    private static Hazard? Adding(Column column)
    {
        if (column is { NotNull: true, Default: null, Identity: null, Generated: null })
        {
            return new Hazard(Danger.MayFail, $"rows that are there have no {column.Name}",
                $"add {column.Name} without NOT NULL or with a default, fill it in batches, then declare it NOT NULL");
        }

        var writesRows = column.Generated is not null || column.Identity is not null || column.Default is { } value && MayDifferByRow(value);
        return writesRows
            ? new Hazard(Danger.LongLock, $"every row of {column.Table} is written anew while nobody reads or writes it",
                $"add {column.Name} without what fills it, set the default, fill old rows in batches")
            : null;
    }

    private static bool MayDifferByRow(string expression) =>
        expression.Replace("now()", "", StringComparison.Ordinal).Contains('(', StringComparison.Ordinal);
}
