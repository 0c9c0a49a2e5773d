using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;

namespace ChatApp.Database.Planning;

/// <summary>The differences that have to be written by hand.</summary>
internal static class Refusals
{
    private const string ByHand = "write the migration by hand, then generate finds it done";

    public static IEnumerable<Refusal> Of(Comparison comparison, Recreations recreations) =>
    [
        .. comparison.Others.Added.Select(other => new Refusal($"{other.Kind} {other.Name}", $"declared, but no migration makes it, and it can't be derived; {ByHand}")),
        .. comparison.Others.Removed.Select(other => new Refusal($"{other.Kind} {other.Name}", $"no longer declared, and dropping it can't be derived; {ByHand}")),
        .. comparison.Others.Changed.Select(other => new Refusal($"{other.To.Kind} {other.To.Name}", $"declared differently, and the change can't be derived; {ByHand}")),
        .. comparison.Columns.Changed.Where(column => column.To.Generated is { } expression && expression != column.From.Generated)
            .Select(column => new Refusal($"column {column.To.FullName}",
                $"the expression of a generated column can't be changed; remove the column, generate, then declare it with GENERATED ALWAYS AS {column.To.Generated}")),
        .. comparison.Columns.Kept.Where(column => column.To.Generated is not null && column.To.Generated == column.From.Generated)
            .SelectMany(column => column.To.GeneratedFrom
                .Where(source => recreations.Retyped.ContainsKey(new ColumnName(column.To.Table, source)))
                .Select(source => new Refusal($"column {column.To.Table}.{source}",
                    $"its type can't be changed while {column.To.Name} is generated from it; remove {column.To.Name}, generate, change the type and declare it again"))),
        .. comparison.Domains.Changed.Where(type => type.From.Type != type.To.Type || type.From.Collation != type.To.Collation)
            .Select(type => new Refusal($"domain {type.To.Name}", "a domain's type can't be changed; declare a new domain and give it to the columns")),
        .. comparison.Domains.Kept.Where(type => type.From.OwnType is { } inner && recreations.Enums.Contains(inner))
            .Select(type => new Refusal($"domain {type.To.Name}", $"it is made of the enum {type.From.OwnType}, whose labels change by more than new ones at their places; {ByHand}")),
        .. comparison.Sequences.Changed.Where(sequence => Excludes(sequence.From.Counting, sequence.To.Counting))
            .Select(sequence => new Refusal($"sequence {sequence.To.Name}", $"its new bounds leave out where it began, so it may stand outside of them; {ByHand}, with RESTART")),
        .. comparison.Columns.Kept.Where(column => column.From.Identity is { } from && column.To.Identity is { } to && Excludes(from.Counting, to.Counting))
            .Select(column => new Refusal($"column {column.To.FullName}", $"the new bounds of its identity leave out where it began; {ByHand}, with RESTART")),
    ];

    private static bool Excludes(Counting from, Counting to) => from.Start < to.Min || from.Start > to.Max;
}
