using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Indexes of tables; those of a materialised view go and come with it.</summary>
internal sealed class IndexSteps(Comparison comparison, Recreations recreations)
{
    private readonly HashSet<string> _newTables = comparison.Tables.Added.Select(table => table.Name).ToHashSet();

    public IEnumerable<PlanStep> Drop() =>
        recreations.Indexes.Where(index => !recreations.Views.Contains(index.Table)).Select(index => new PlanStep($"DROP INDEX {SqlText.Name(index.Name)}"));

    public IEnumerable<PlanStep> Create() => ToCreate().Where(index => !IsOnNewView(index)).Select(index => new PlanStep(Create(index), Creating(index)));

    public static string Create(TableIndex index) =>
        $"CREATE {(index.Unique ? "UNIQUE " : "")}INDEX {SqlText.Name(index.Name)} ON {SqlText.Name(index.Table)} USING {index.Definition}";

    private IEnumerable<TableIndex> ToCreate() =>
    [
        .. comparison.Indexes.Added,
        .. comparison.Indexes.Kept.Where(index => recreations.Indexes.Contains(index.From)).Select(index => index.To),
    ];

    private bool IsOnNewView(TableIndex index) =>
        recreations.Views.Contains(index.Table) || comparison.Views.Added.Any(view => view.Name == index.Table);

    /// <summary>11.1 "Indexes: Introduction" and CREATE INDEX, "Building Indexes Concurrently".</summary>
    private Hazard? Creating(TableIndex index) => _newTables.Contains(index.Table) ? null : new Hazard(
        Danger.LongLock,
        $"nobody writes {index.Table} while the index is built{(index.Unique ? ", and a duplicate stops the migration" : "")}",
        $"write CREATE {(index.Unique ? "UNIQUE " : "")}INDEX CONCURRENTLY {SqlText.Name(index.Name)} by hand, in a migration of its own that begins with -- evolve-tx-off");
}
