using System.Text;

namespace ChatApp.Database.Tests.Properties;

/// <summary>Writes a schema in numbers as SQL, as a person would: unnamed constraints here, short spellings there.</summary>
internal static class SpecSql
{
    private const int TypesOfTheServer = 15;

    private static readonly string[] Labels = ["low", "mid", "high", "it's"];

    public static string Write(SchemaSpec spec)
    {
        var sql = new StringBuilder();
        for (var i = 0; i < spec.Enums.Length; i++)
            sql.AppendLine($"CREATE TYPE e{i} AS ENUM ({string.Join(", ", LabelsOf(spec.Enums[i]).Select(Quoted))});");
        sql.AppendLine((spec.Domain % 4) switch
        {
            0 => "CREATE DOMAIN d AS text;",
            1 => "CREATE DOMAIN d AS text NOT NULL DEFAULT 'x';",
            2 => "CREATE DOMAIN d AS text CONSTRAINT long CHECK (char_length(VALUE) > 3); COMMENT ON DOMAIN d IS 'long';",
            _ => "CREATE DOMAIN d AS text CHECK (VALUE IN ('a', 'b')) CONSTRAINT long CHECK (char_length(VALUE) > 2);",
        });
        sql.AppendLine((spec.Sequence % 5) switch
        {
            0 => "",
            1 => "CREATE SEQUENCE s;",
            2 => "CREATE SEQUENCE s AS int INCREMENT BY 5 CACHE 10;",
            3 => "CREATE SEQUENCE s AS smallint MAXVALUE 99 CYCLE; COMMENT ON SEQUENCE s IS 'small';",
            _ => "CREATE SEQUENCE s INCREMENT BY -1 MINVALUE -100 MAXVALUE 100 START WITH 1;",
        });
        for (var i = 0; i < spec.Tables.Length; i++)
            WriteTable(sql, spec, i);
        for (var i = 0; i < spec.Tables.Length; i++)
            WriteForeignKeys(sql, spec, i);
        for (var i = 0; i < spec.Views.Length; i++)
            SpecViews.Write(sql, spec, i);
        return sql.ToString();
    }

    public static string TypeOf(ColumnSpec column, SchemaSpec spec) => (column.Type % 20) switch
    {
        0 => "int",
        1 => "bigint",
        2 => "smallint",
        3 => "numeric(10,2)",
        4 => "numeric(12,2)",
        5 => "double precision",
        6 => "text",
        7 => "varchar(20)",
        8 => "varchar(40)",
        9 => "bool",
        10 => "uuid",
        11 => "timestamptz",
        12 => "date",
        13 => "jsonb",
        TypesOfTheServer - 1 => "text[]",
        15 => "d",
        16 => "e0[]",
        17 => "text COLLATE \"C\"",
        var type => $"e{type % spec.Enums.Length}",
    };

    public static bool IsText(string type) => type.StartsWith("text", StringComparison.Ordinal) && type != "text[]" || type.StartsWith("varchar", StringComparison.Ordinal);

    public static bool IsNumber(string type) => type is "int" or "bigint" or "smallint" or "double precision" || type.StartsWith("numeric", StringComparison.Ordinal);

    public static bool IsInteger(string type) => type is "int" or "bigint" or "smallint";

    /// <summary>The column of that number or the next that is there, with its type.</summary>
    public static (string Name, string Type)? Column(SchemaSpec spec, int table, int number)
    {
        var columns = spec.Tables[table]!.Columns;
        for (var i = 0; i < columns.Length; i++)
        {
            var at = (number + i) % columns.Length;
            if (columns[at] is { } column)
                return ($"c{at}", TypeOf(column, spec));
        }

        return null;
    }

    /// <summary>An enum has a label at the least.</summary>
    public static IEnumerable<string> LabelsOf(int mask) => mask % 16 == 0 ? Labels.Take(1) : Labels.Where((_, i) => (mask >> i & 1) == 1);

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static void WriteTable(StringBuilder sql, SchemaSpec spec, int number)
    {
        if (spec.Tables[number] is not { } table)
            return;
        var parts = new List<string>();
        for (var i = 0; i < table.Columns.Length; i++)
        {
            if (table.Columns[i] is { } column)
                parts.Add($"c{i} {TypeOf(column, spec)}{(column.Required ? " NOT NULL" : "")}{Value(column, TypeOf(column, spec), spec, i, table)}");
        }

        if (table.Key % 3 > 0 && Column(spec, number, table.Key) is { } key && key.Type != "jsonb")
            parts.Add($"PRIMARY KEY ({key.Name})");
        parts.AddRange(table.Constraints.Select((constraint, slot) => constraint is null ? null : SpecConstraints.Write(spec, number, slot, constraint)).OfType<string>());
        sql.AppendLine($"CREATE TABLE t{number} (\n    {string.Join(",\n    ", parts)}\n){(table.Options % 3 == 0 ? "" : $" WITH (fillfactor={60 + table.Options})")};");
        if (table.Comment % 3 > 0)
            sql.AppendLine($"COMMENT ON TABLE t{number} IS 'it''s \\ {table.Comment}';");
        for (var i = 0; i < table.Columns.Length; i++)
        {
            if (table.Columns[i] is { } column && column.Comment % 4 == 1)
                sql.AppendLine($"COMMENT ON COLUMN t{number}.c{i} IS 'one';");
        }

        for (var i = 0; i < table.Indexes.Length; i++)
        {
            if (table.Indexes[i] is { } index && SpecConstraints.WriteIndex(spec, number, i, index) is { } statement)
                sql.AppendLine(statement);
        }
    }

    private static string Value(ColumnSpec column, string type, SchemaSpec spec, int number, TableSpec table)
    {
        var before = number > 0 && table.Columns[number - 1] is { } previous && previous.Value % 8 < 6 ? TypeOf(previous, spec) : "";
        return (column.Value % 8, type) switch
        {
            (1 or 2, var t) when IsNumber(t) => $" DEFAULT {column.Value % 5 - 2}",
            (1, "d") or (1 or 2, "text") or (1, "varchar(20)") => " DEFAULT 'a''b'",
            (1, "bool") => " DEFAULT true",
            (1, "timestamptz") => " DEFAULT now()",
            (2, "timestamptz") => " DEFAULT now() + interval '1 day'",
            (1, "uuid") => " DEFAULT gen_random_uuid()",
            (1, "jsonb") => " DEFAULT '{}'",
            (1, "text[]") => " DEFAULT '{}'",
            (1, "e0") => $" DEFAULT {Quoted(LabelsOf(spec.Enums[0]).Last())}",
            (1, "e1") => $" DEFAULT {Quoted(LabelsOf(spec.Enums[1]).First())}",
            (3, "bigint") when spec.Sequence % 5 > 0 => " DEFAULT nextval('s')",
            (4, var t) when IsInteger(t) => " GENERATED ALWAYS AS IDENTITY",
            (5, var t) when IsInteger(t) => $" GENERATED BY DEFAULT AS IDENTITY (INCREMENT BY {1 + column.Comment})",
            (6, "text") when IsText(before) => $" GENERATED ALWAYS AS (upper(c{number - 1})) STORED",
            (6, "bigint") when IsInteger(before) => $" GENERATED ALWAYS AS (c{number - 1} * 2) STORED",
            _ => "",
        };
    }

    private static void WriteForeignKeys(StringBuilder sql, SchemaSpec spec, int number)
    {
        foreach (var constraint in spec.Tables[number]?.Constraints.OfType<ConstraintSpec>() ?? [])
        {
            var target = constraint.Other % spec.Tables.Length;
            if (constraint.Kind % 6 == 5 && spec.Tables[target] is { } other && other.Key % 3 > 0
                && Column(spec, target, other.Key) is { } key && key.Type != "jsonb" && Column(spec, number, constraint.Column) is { } column && column.Type == key.Type)
            {
                var action = (constraint.Variant % 4) switch { 0 => "", 1 => " ON DELETE CASCADE", 2 => " DEFERRABLE INITIALLY DEFERRED", _ => " NOT VALID" };
                sql.AppendLine($"ALTER TABLE t{number} ADD FOREIGN KEY ({column.Name}) REFERENCES t{target}{action};");
            }
        }
    }
}
