using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>Whole tables.</summary>
internal sealed class TableSteps(Comparison comparison)
{
    /// <summary>All in one statement, so that foreign keys among them are in nobody's way.</summary>
    public IEnumerable<PlanStep> Drop()
    {
        var gone = comparison.Tables.Removed;
        if (gone.Count == 0)
            return [];
        var names = string.Join(", ", gone.Select(table => SqlText.Name(table.Name)));
        var heirs = gone.SelectMany(table => comparison.Tables.Added.Where(added => ColumnsOf(comparison.From, table).SetEquals(ColumnsOf(comparison.To, added)))
            .Select(added => $"if {table.Name} became {added.Name}, write ALTER TABLE {SqlText.Name(table.Name)} RENAME TO {SqlText.Name(added.Name)} by hand"));
        return
        [
            new PlanStep($"DROP TABLE {names}", new Hazard(Danger.LosesData, $"all rows of {names} are gone",
                string.Join("; ", heirs.Append("drop it a release after the last program that reads or writes it")))),
        ];
    }

    public IEnumerable<PlanStep> Create() => comparison.Tables.Added.Select(table => new PlanStep(Create(table)));

    public IEnumerable<PlanStep> ChangeOptions() => comparison.Tables.Changed.SelectMany(table =>
    {
        var alter = $"ALTER TABLE {SqlText.Name(table.To.Name)}";
        var gone = table.From.Options.Select(Key).Except(table.To.Options.Select(Key)).ToList();
        var set = table.To.Options.Except(table.From.Options).ToList();
        return ((PlanStep?[])
        [
            gone.Count == 0 ? null : new PlanStep($"{alter} RESET ({string.Join(", ", gone)})"),
            set.Count == 0 ? null : new PlanStep($"{alter} SET ({string.Join(", ", set)})"),
        ]).OfType<PlanStep>();
    });

    private static string Key(string option) => option.Split('=')[0];

    private static HashSet<(string, string)> ColumnsOf(SchemaModel model, Table table) =>
        model.Columns.Where(column => column.Table == table.Name).Select(column => (column.Name, column.Type)).ToHashSet();

    /// <summary>With every constraint but foreign keys, which wait until all tables are there.</summary>
    private string Create(Table table)
    {
        var columns = comparison.To.Columns.Where(column => column.Table == table.Name).ToList();
        var width = columns.Select(column => SqlText.Name(column.Name).Length).DefaultIfEmpty().Max();
        string[] lines =
        [
            .. columns.Select(column => $"{SqlText.Name(column.Name).PadRight(width)} {SqlText.Definition(column)}"),
            .. comparison.To.Constraints.Where(constraint => constraint.Table == table.Name && constraint.Kind != ConstraintKind.ForeignKey)
                .OrderBy(constraint => constraint.Kind)
                .Select(constraint => $"CONSTRAINT {SqlText.Name(constraint.Name)} {constraint.Definition}"),
        ];
        return $"CREATE TABLE {SqlText.Name(table.Name)} (\n    {string.Join(",\n    ", lines)}\n){SqlText.With(table.Options)}";
    }
}
