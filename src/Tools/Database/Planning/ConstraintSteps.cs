using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Constraints of tables that stay, and the foreign keys of new ones.</summary>
internal sealed class ConstraintSteps(Comparison comparison, Recreations recreations)
{
    private readonly HashSet<string> _newTables = comparison.Tables.Added.Select(table => table.Name).ToHashSet();

    public IEnumerable<PlanStep> DropForeignKeys() => Drop(foreignKeys: true);

    public IEnumerable<PlanStep> DropOthers() => Drop(foreignKeys: false);

    public IEnumerable<PlanStep> AddOthers() =>
        ToAdd().Where(constraint => constraint.Kind != ConstraintKind.ForeignKey && !_newTables.Contains(constraint.Table)).OrderBy(constraint => constraint.Kind).Select(Add);

    /// <summary>After the keys that they refer to.</summary>
    public IEnumerable<PlanStep> AddForeignKeys() => ToAdd().Where(constraint => constraint.Kind == ConstraintKind.ForeignKey).Select(Add);

    public IEnumerable<PlanStep> Validate() => comparison.Constraints.Changed
        .Where(constraint => Recreations.IsValidated(constraint) && !recreations.Constraints.Contains(constraint.From))
        .Select(constraint => new PlanStep($"ALTER TABLE {SqlText.Name(constraint.To.Table)} VALIDATE CONSTRAINT {SqlText.Name(constraint.To.Name)}"));

    private IEnumerable<PlanStep> Drop(bool foreignKeys) => recreations.Constraints
        .Where(constraint => constraint.Kind == ConstraintKind.ForeignKey == foreignKeys)
        .Select(constraint => new PlanStep($"ALTER TABLE {SqlText.Name(constraint.Table)} DROP CONSTRAINT {SqlText.Name(constraint.Name)}"));

    private IEnumerable<Constraint> ToAdd() =>
    [
        .. comparison.Constraints.Added,
        .. comparison.Constraints.Kept.Where(constraint => recreations.Constraints.Contains(constraint.From)).Select(constraint => constraint.To),
    ];

    private PlanStep Add(Constraint constraint)
    {
        var harmless = _newTables.Contains(constraint.Table) || constraint.Definition.EndsWith(" NOT VALID", StringComparison.Ordinal);
        return new PlanStep(
            $"ALTER TABLE {SqlText.Name(constraint.Table)} ADD CONSTRAINT {SqlText.Name(constraint.Name)} {constraint.Definition}",
            harmless ? null : Adding(constraint));
    }

    /// <summary>ALTER TABLE, "ADD table_constraint" and "Notes".</summary>
    private static Hazard Adding(Constraint constraint)
    {
        var (name, table) = (SqlText.Name(constraint.Name), constraint.Table);
        return constraint.Kind switch
        {
            ConstraintKind.PrimaryKey or ConstraintKind.Unique => new(Danger.LongLock,
                $"an index is built on {table} while nobody reads or writes it, and a duplicate stops the migration",
                $"CREATE UNIQUE INDEX CONCURRENTLY {name} in a migration of its own that begins with -- evolve-tx-off, then ADD CONSTRAINT {name} ... USING INDEX {name}"),
            ConstraintKind.Exclude => new(Danger.LongLock,
                $"an index is built on {table} while nobody reads or writes it, and a conflict stops the migration",
                "make a new table with the constraint, write both, copy the old rows in batches"),
            ConstraintKind.Check => new(Danger.LongLock,
                $"all rows of {table} are read while nobody reads or writes it, and one that breaks the rule stops the migration", NotValidFirst),
            ConstraintKind.ForeignKey => new(Danger.LongLock,
                $"all rows of {table} are read while nobody writes it or {constraint.References!.Table}, and one without its match stops the migration", NotValidFirst),
        };
    }

    private const string NotValidFirst = "write it with NOT VALID by hand; the next generate derives VALIDATE CONSTRAINT, which lets everybody read and write";
}
