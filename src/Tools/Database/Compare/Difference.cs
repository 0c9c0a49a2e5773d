using ChatApp.Database.Catalog;

namespace ChatApp.Database.Compare;

/// <summary>One thing in which a database is not what is declared.</summary>
/// <param name="What">The object, as in <c>column users.email</c>.</param>
/// <param name="Text">How it differs, as in <c>is text, declared character varying(254)</c>.</param>
public sealed record Difference(string What, string Text)
{
    public override string ToString() => $"{What} {Text}";
}

/// <summary>Says a comparison of a live database with the declared schema in words.</summary>
internal static class Differences
{
    public static IReadOnlyList<Difference> Of(Comparison comparison)
    {
        var wholeTables = comparison.Tables.Added.Concat(comparison.Tables.Removed).Select(table => table.Name).ToHashSet();
        var wholeViews = comparison.Views.Added.Concat(comparison.Views.Removed).Select(view => view.Name).ToHashSet();
        return
        [
            .. Of(comparison.Tables, table => $"table {table.Name}", table => $"has the options ({table.Options})", _ => true),
            .. Of(comparison.Columns, column => $"column {column.FullName}", Describe, column => !wholeTables.Contains(column.Table)),
            .. Of(comparison.Constraints, constraint => $"constraint {constraint.Name} of {constraint.Table}", constraint => $"is {constraint.Definition}",
                constraint => !wholeTables.Contains(constraint.Table)),
            .. Of(comparison.Indexes, index => $"index {index.Name} of {index.Table}", Describe,
                index => !wholeTables.Contains(index.Table) && !wholeViews.Contains(index.Table)),
            .. Of(comparison.Sequences, sequence => $"sequence {sequence.Name}", Describe, _ => true),
            .. Of(comparison.Enums, type => $"enum {type.Name}", type => $"has the labels {type.Labels}", _ => true),
            .. Of(comparison.Domains, type => $"domain {type.Name}", Describe, _ => true),
            .. Of(comparison.Views, view => $"view {view.Name}", view => $"is{(view.Materialized ? " materialised" : "")} {OneLine(view.Definition)}", _ => true),
            .. Of(comparison.Others, other => $"{other.Kind} {other.Name}", other => $"is {OneLine(other.Definition)}", _ => true),
            .. Of(comparison.Comments, comment => $"comment on {comment.Kind.ToLowerInvariant()} {comment.Name}{(comment.Part.Length == 0 ? "" : $".{comment.Part}")}",
                comment => $"says \"{comment.Text}\"", comment => !wholeTables.Contains(comment.Name) && !wholeViews.Contains(comment.Name)),
        ];
    }

    private static IEnumerable<Difference> Of<T>(Delta<T> delta, Func<T, string> name, Func<T, string> describe, Func<T, bool> worthSaying) =>
    [
        .. delta.Added.Where(worthSaying).Select(item => new Difference(name(item), "is declared, but missing")),
        .. delta.Removed.Where(worthSaying).Select(item => new Difference(name(item), "is there, but not declared")),
        .. delta.Changed.Select(pair => new Difference(name(pair.From), Differ(describe(pair.From), describe(pair.To)))),
    ];

    private static string Differ(string live, string declared) =>
        live == declared ? $"{live}, but what it depends on differs" : $"{live}; declared, it {declared}";

    private static string Describe(Column column) =>
        $"is {column.Type}{(column.Collation is { } collation ? $" COLLATE {collation}" : "")}{(column.NotNull ? " NOT NULL" : "")}"
        + (column.Default is { } value ? $" DEFAULT {value}" : "")
        + (column.Generated is { } generated ? $" GENERATED ALWAYS AS {generated}" : "")
        + (column.Identity is { } identity ? $" GENERATED {(identity.Always ? "ALWAYS" : "BY DEFAULT")} AS IDENTITY ({Describe(identity.Counting)})" : "");

    private static string Describe(TableIndex index) =>
        $"is{(index.Valid ? "" : " invalid:")}{(index.Unique ? " UNIQUE" : "")} {index.Definition}";

    private static string Describe(Sequence sequence) =>
        $"counts {Describe(sequence.Counting)}, owned by {(sequence.Owner is { } owner ? owner.ToString() : "none")}";

    private static string Describe(Counting counting) =>
        $"{counting.Type} from {counting.Start} by {counting.Increment} within {counting.Min} to {counting.Max}, cache {counting.Cache}"
        + (counting.Cycle ? ", in cycles" : "");

    private static string Describe(DomainType type) =>
        $"is {type.Type}{(type.Collation is { } collation ? $" COLLATE {collation}" : "")}{(type.NotNull ? " NOT NULL" : "")}"
        + (type.Default is { } value ? $" DEFAULT {value}" : "")
        + string.Concat(type.Checks.Select(check => $" {check.Name} {check.Definition}"));

    private static string OneLine(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
