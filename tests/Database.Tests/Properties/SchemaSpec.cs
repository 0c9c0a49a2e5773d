using System.Globalization;

namespace ChatApp.Database.Tests.Properties;

/// <summary>
/// A schema in numbers: every choice is a small one, and what a choice can't mean here is left out when it is written as SQL. So any two of them can be
/// mixed, and a failing one shrinks.
/// </summary>
internal sealed record SchemaSpec(int[] Enums, int Domain, int Sequence, TableSpec?[] Tables, ViewSpec?[] Views)
{
    public override string ToString() => SpecSql.Write(this);
}

internal sealed record TableSpec(ColumnSpec?[] Columns, int Key, ConstraintSpec?[] Constraints, IndexSpec?[] Indexes, int Options, int Comment);

internal sealed record ColumnSpec(int Type, bool Required, int Value, int Comment);

internal sealed record ConstraintSpec(int Kind, int Column, int Other, int Variant);

internal sealed record IndexSpec(int Column, int Other, int Variant);

internal sealed record ViewSpec(int Table, int Column, int Other, int Variant);

internal static class Numbers
{
    public static string Text(this int number) => number.ToString(CultureInfo.InvariantCulture);
}
