using System.Text.RegularExpressions;
using ChatApp.Database.Catalog;

namespace ChatApp.Database.Planning;

/// <summary>Names, literals and the parts of a definition as SQL (PostgreSQL documentation, 4.1 "Lexical Structure" and part VI "SQL Commands").</summary>
internal static partial class SqlText
{
    // Every key word that is not free for names, as pg_get_keywords() lists them.
    private static readonly HashSet<string> KeyWords =
    [
        .. """
        all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast char character check coalesce
        collate collation column concurrently constraint create cross current_catalog current_date current_role current_schema current_time
        current_timestamp current_user dec decimal default deferrable desc distinct do else end except exists extract false fetch float for foreign freeze
        from full grant greatest group grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
        json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value lateral leading least left like
        limit localtime localtimestamp merge_action national natural nchar none normalize not notnull null nullif numeric offset on only or order out outer
        overlaps overlay placing position precision primary real references returning right row select session_user setof similar smallint some substring
        symmetric system_user table tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose when
        where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    ];

    public static string Name(string name) =>
        Plain().IsMatch(name) && !KeyWords.Contains(name) ? name : $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Name(ColumnName column) => $"{Name(column.Table)}.{Name(column.Column)}";

    public static string Literal(string text)
    {
        var quoted = $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        return text.Contains('\\', StringComparison.Ordinal) ? $"E{quoted.Replace(@"\", @"\\", StringComparison.Ordinal)}" : quoted;
    }

    /// <summary>A column as CREATE TABLE and ADD COLUMN say it, without its name.</summary>
    public static string Definition(Column column) =>
        column.Type
        + (column.Collation is { } collation ? $" COLLATE {collation}" : "")
        + (column.Generated is { } generated ? $" GENERATED ALWAYS AS {generated}" : "")
        + (column.Identity is { } identity ? $" {As(identity)}" : "")
        + (column.NotNull ? " NOT NULL" : "")
        + (column.Default is { } value ? $" DEFAULT {value}" : "");

    public static string As(Identity identity)
    {
        var options = Options(identity.Counting, Usual(identity.Counting.Type));
        return $"GENERATED {(identity.Always ? "ALWAYS" : "BY DEFAULT")} AS IDENTITY{(options.Count == 0 ? "" : $" ({string.Join(' ', options)})")}";
    }

    /// <summary>What has to be said of a sequence that is <paramref name="known"/> so far, its type apart.</summary>
    public static List<string> Options(Counting counting, Counting known)
    {
        // Bounds that nobody named follow from the type and the direction.
        var all = counting.Increment < 0 || counting.Type != known.Type;
        string?[] said =
        [
            counting.Increment == known.Increment ? null : $"INCREMENT BY {counting.Increment}",
            counting.Min == known.Min && !all ? null : $"MINVALUE {counting.Min}",
            counting.Max == known.Max && !all ? null : $"MAXVALUE {counting.Max}",
            counting.Start == known.Start && !all ? null : $"START WITH {counting.Start}",
            counting.Cache == known.Cache ? null : $"CACHE {counting.Cache}",
            counting.Cycle == known.Cycle ? null : counting.Cycle ? "CYCLE" : "NO CYCLE",
        ];
        return [.. said.OfType<string>()];
    }

    /// <summary>A sequence for which nothing but its type was said.</summary>
    public static Counting Usual(string type) => new(
        type,
        1,
        1,
        1,
        type switch { "smallint" => short.MaxValue, "integer" => int.MaxValue, _ => long.MaxValue },
        1,
        false);

    public static string With(Items<string> options) => options.Count == 0 ? "" : $" WITH ({options})";

    [GeneratedRegex("^[a-z_][a-z0-9_]*$")]
    private static partial Regex Plain();
}
