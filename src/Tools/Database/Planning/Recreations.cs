using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>
/// What has to go before the rest can change, and comes back afterwards if it is declared: PostgreSQL neither drops nor retypes a column under a view, and
/// an expression written for one type may not parse for the next (PostgreSQL documentation, 5.14 "Dependency Tracking").
/// </summary>
internal sealed class Recreations
{
    private readonly Comparison _comparison;
    private readonly HashSet<string> _goneTables;

    public Recreations(Comparison comparison)
    {
        _comparison = comparison;
        _goneTables = comparison.Tables.Removed.Select(table => table.Name).ToHashSet();
        Enums = comparison.Enums.Changed.Where(type => !CanGrow(type)).Select(type => type.To.Name).ToHashSet();
        Retyped = comparison.Columns.Kept
            .Where(column => column.From.Type != column.To.Type || column.From.Collation != column.To.Collation
                || column.To.OwnType is { } type && Enums.Contains(type))
            .ToDictionary(column => column.To.FullName);
        var touched = Retyped.Keys.Concat(comparison.Columns.Removed.Select(column => column.FullName)).ToHashSet();

        Indexes = comparison.Indexes.Removed.Concat(comparison.Indexes.Changed.Select(index => index.From))
            .Concat(comparison.Indexes.Kept.Select(index => index.From).Where(index => Touches(touched, index.Table, index.Columns)))
            .Where(index => IsKept(index.Table)).ToHashSet();
        Constraints = comparison.Constraints.Removed
            .Concat(comparison.Constraints.Changed.Where(constraint => !IsValidated(constraint)).Select(constraint => constraint.From))
            .Concat(comparison.Constraints.Kept.Select(constraint => constraint.From).Where(constraint => Touches(touched, constraint.Table, constraint.Columns)))
            .Where(constraint => IsKept(constraint.Table)).ToHashSet();
        Constraints.UnionWith(comparison.From.Constraints.Where(constraint => IsKept(constraint.Table) && constraint.References is { } key && LosesKey(key, touched)));
        Views = ViewsToDrop(touched);
    }

    /// <summary>Enums that are made anew, because a label is gone, moved, or new and used in the same migration.</summary>
    public HashSet<string> Enums { get; }

    public Dictionary<ColumnName, Pair<Column>> Retyped { get; }

    /// <summary>As they were; only of tables that stay.</summary>
    public HashSet<Constraint> Constraints { get; }

    /// <inheritdoc cref="Constraints"/>
    public HashSet<TableIndex> Indexes { get; }

    public HashSet<string> Views { get; }

    /// <summary>A constraint that was added NOT VALID and is declared valid only has to be validated.</summary>
    public static bool IsValidated(Pair<Constraint> constraint) => constraint.From.Definition == $"{constraint.To.Definition} NOT VALID";

    private bool IsKept(string table) => !_goneTables.Contains(table);

    private static bool Touches(HashSet<ColumnName> touched, string table, IEnumerable<string> columns) =>
        columns.Any(column => touched.Contains(new ColumnName(table, column)));

    private bool LosesKey(ForeignTable key, HashSet<ColumnName> touched) =>
        _goneTables.Contains(key.Table)
        || Touches(touched, key.Table, key.Columns)
        || Constraints.Any(constraint => constraint.Table == key.Table && constraint.Name == key.Key)
        || Indexes.Any(index => index.Table == key.Table && index.Name == key.Key);

    private HashSet<string> ViewsToDrop(HashSet<ColumnName> touched)
    {
        var goneTypes = _comparison.Enums.Removed.Select(type => type.Name).Concat(_comparison.Domains.Removed.Select(type => type.Name)).Concat(Enums).ToHashSet();
        var views = _comparison.Views.Removed.Concat(_comparison.Views.Changed.Select(view => view.From)).Select(view => view.Name).ToHashSet();
        bool Blocks(ViewUse use) => use.Kind switch
        {
            UseKind.Relation => _goneTables.Contains(use.Name) || views.Contains(use.Name),
            UseKind.Column => _goneTables.Contains(use.Name) || views.Contains(use.Name) || touched.Contains(new ColumnName(use.Name, use.Part)),
            UseKind.Constraint => _goneTables.Contains(use.Name) || Constraints.Any(constraint => constraint.Table == use.Name && constraint.Name == use.Part),
            UseKind.Type => goneTypes.Contains(use.Name),
        };
        while (_comparison.From.Views.FirstOrDefault(view => !views.Contains(view.Name) && view.Uses.Any(Blocks)) is { } next)
            views.Add(next.Name);
        return views;
    }

    /// <summary>ALTER TYPE ADD VALUE only adds, and what it added can't be used before the transaction ends.</summary>
    private bool CanGrow(Pair<EnumType> type)
    {
        var labels = new Queue<string>(type.From.Labels);
        var added = new List<string>();
        foreach (var label in type.To.Labels)
        {
            if (labels.TryPeek(out var next) && next == label)
                labels.Dequeue();
            else
                added.Add(label);
        }

        return labels.Count == 0 && !NewExpressions().Any(text =>
            text.Contains($"::{SqlText.Name(type.To.Name)}", StringComparison.Ordinal) && added.Any(label => text.Contains(label.Replace("'", "''", StringComparison.Ordinal), StringComparison.Ordinal)));
    }

    private IEnumerable<string> NewExpressions() =>
    [
        .. _comparison.Columns.Added.Concat(_comparison.Columns.Changed.Select(column => column.To)).Select(column => $"{column.Default} {column.Generated}"),
        .. _comparison.Constraints.Added.Concat(_comparison.Constraints.Changed.Select(constraint => constraint.To)).Select(constraint => constraint.Definition),
        .. _comparison.Indexes.Added.Concat(_comparison.Indexes.Changed.Select(index => index.To)).Select(index => index.Definition),
        .. _comparison.Views.Added.Concat(_comparison.Views.Changed.Select(view => view.To)).Select(view => view.Definition),
        .. _comparison.Domains.Added.Concat(_comparison.Domains.Changed.Select(domain => domain.To))
            .Select(domain => $"{domain.Default} {string.Join(' ', domain.Checks.Select(check => check.Definition))}"),
    ];
}
