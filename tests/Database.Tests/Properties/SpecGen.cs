using CsCheck;

namespace ChatApp.Database.Tests.Properties;

/// <summary>Random schemas, and pairs of which the second is the first with some of its parts exchanged.</summary>
internal static class SpecGen
{
    private static readonly Gen<ColumnSpec> Column = Gen.Select(Gen.Int[0, 19], Gen.Bool, Gen.Int[0, 7], Gen.Int[0, 3])
        .Select((type, required, value, comment) => new ColumnSpec(type, required, value, comment));

    private static readonly Gen<ConstraintSpec> Constraint = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 3])
        .Select((kind, column, other, variant) => new ConstraintSpec(kind, column, other, variant));

    private static readonly Gen<IndexSpec> Index = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 8])
        .Select((column, other, variant) => new IndexSpec(column, other, variant));

    private static readonly Gen<TableSpec> Table =
        Gen.Select(OrNot(Column).Array[5], Gen.Int[0, 8], OrNot(Constraint).Array[3], OrNot(Index).Array[2], Gen.Int[0, 5], Gen.Int[0, 5])
            .Select((columns, key, constraints, indexes, options, comment) => new TableSpec(columns, key, constraints, indexes, options, comment));

    private static readonly Gen<ViewSpec> View = Gen.Select(Gen.Int[0, 2], Gen.Int[0, 4], Gen.Int[0, 4], Gen.Int[0, 7])
        .Select((table, column, other, variant) => new ViewSpec(table, column, other, variant));

    public static readonly Gen<SchemaSpec> Schema =
        Gen.Select(Gen.Int[0, 15].Array[2], Gen.Int[0, 3], Gen.Int[0, 4], OrNot(Table).Array[3], OrNot(View).Array[3])
            .Select((enums, domain, sequence, tables, views) => new SchemaSpec(enums, domain, sequence, tables, views));

    /// <summary>From slight changes to another schema altogether.</summary>
    public static readonly Gen<(SchemaSpec From, SchemaSpec To)> Change = Gen.Select(Schema, Schema, Gen.Int[1, 10], Gen.Int)
        .Select((from, other, tenths, seed) => (from, Mix(from, other, tenths, seed)));

    private static Gen<T?> OrNot<T>(Gen<T> gen) where T : class => Gen.Frequency((3, gen.Select(value => (T?)value)), (1, Gen.Const((T?)null)));

    private static SchemaSpec Mix(SchemaSpec from, SchemaSpec other, int tenths, int seed)
    {
        // Which parts are exchanged follows from the seed, so that the same case comes again.
        var state = unchecked((uint)seed | 1);
        T Pick<T>(T mine, T theirs)
        {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            return state % 10 < tenths ? theirs : mine;
        }

        T[] PickEach<T>(T[] mine, T[] theirs) => [.. mine.Zip(theirs, Pick)];
        TableSpec? MixTables(TableSpec? mine, TableSpec? theirs) => mine is null || theirs is null || state % 4 == 0
            ? Pick(mine, theirs)
            : new TableSpec(
                PickEach(mine.Columns, theirs.Columns), Pick(mine.Key, theirs.Key), PickEach(mine.Constraints, theirs.Constraints),
                PickEach(mine.Indexes, theirs.Indexes), Pick(mine.Options, theirs.Options), Pick(mine.Comment, theirs.Comment));
        return new SchemaSpec(
            PickEach(from.Enums, other.Enums), Pick(from.Domain, other.Domain), Pick(from.Sequence, other.Sequence),
            [.. from.Tables.Zip(other.Tables, MixTables)], PickEach(from.Views, other.Views));
    }
}
