namespace ChatApp.Database.Tests.Properties;

/// <summary>Constraints and indexes of a table, if they mean something on the columns that it has.</summary>
internal static class SpecConstraints
{
    public static string? Write(SchemaSpec spec, int table, int slot, ConstraintSpec constraint)
    {
        if (SpecSql.Column(spec, table, constraint.Column) is not { } a || SpecSql.Column(spec, table, constraint.Other) is not { } b)
            return null;
        return (constraint.Kind % 6) switch
        {
            0 => Unique($"u{table}_{slot}", constraint, a.Name, b.Name),
            1 or 2 => Check($"k{slot}", constraint, a, b),
            3 when SpecSql.IsInteger(a.Type) && a.Type == b.Type && a.Type == "int" =>
                $"CONSTRAINT x{table}_{slot} EXCLUDE USING gist (int4range({a.Name}, {b.Name}) WITH &&){(constraint.Variant % 2 == 0 ? "" : $" WHERE ({a.Name} > 0)")}",
            _ => null,
        };
    }

    public static string? WriteIndex(SchemaSpec spec, int table, int number, IndexSpec index)
    {
        if (SpecSql.Column(spec, table, index.Column) is not { } a || SpecSql.Column(spec, table, index.Other) is not { } b)
            return null;
        var name = $"t{table}_i{number}";
        return (index.Variant % 9) switch
        {
            0 => $"CREATE INDEX {name} ON t{table} ({a.Name}); COMMENT ON INDEX {name} IS 'an index';",
            1 => $"CREATE UNIQUE INDEX {name} ON t{table} ({a.Name} DESC NULLS LAST, {b.Name});",
            2 when a.Name != b.Name => $"CREATE INDEX {name} ON t{table} ({a.Name}) INCLUDE ({b.Name});",
            3 => $"CREATE INDEX {name} ON t{table} ({a.Name}) WHERE {b.Name} IS NOT NULL;",
            4 when SpecSql.IsText(a.Type) => $"CREATE UNIQUE INDEX {name} ON t{table} (lower({a.Name}), ({a.Name} || 'x') COLLATE \"C\");",
            5 when a.Type == "text" => $"CREATE INDEX {name} ON t{table} ({a.Name} text_pattern_ops);",
            6 when a.Type is "int" or "timestamptz" => $"CREATE INDEX {name} ON t{table} USING brin ({a.Name}) WITH (pages_per_range=8);",
            7 when a.Type is "jsonb" or "text[]" => $"CREATE INDEX {name} ON t{table} USING gin ({a.Name});",
            8 => $"CREATE UNIQUE INDEX {name} ON t{table} ({a.Name}) NULLS NOT DISTINCT WITH (fillfactor=70);",
            _ => null,
        };
    }

    private static string Unique(string name, ConstraintSpec constraint, string a, string b) => (constraint.Variant % 4) switch
    {
        0 when a != b => $"UNIQUE ({a}, {b})",
        1 => $"UNIQUE NULLS NOT DISTINCT ({a})",
        2 when a != b => $"UNIQUE ({a}) INCLUDE ({b})",
        3 => $"CONSTRAINT {name} UNIQUE ({a}) DEFERRABLE",
        _ => $"UNIQUE ({a})",
    };

    private static string Check(string name, ConstraintSpec constraint, (string Name, string Type) a, (string Name, string Type) b) => a.Type switch
    {
        var type when SpecSql.IsText(type) => (constraint.Variant % 3) switch
        {
            0 => $"CHECK ({a.Name} IN ('a', 'b'))",
            1 => $"CHECK (char_length({a.Name}) BETWEEN 1 AND {constraint.Variant + 3})",
            _ => $"CHECK ({a.Name} ~ '^[a-z\\d]+$' OR {b.Name} IS NULL)",
        },
        var type when SpecSql.IsNumber(type) && SpecSql.IsNumber(b.Type) => $"CHECK ({a.Name} + {b.Name} > {constraint.Variant - 1})",
        "timestamptz" => $"CHECK ({a.Name} < '2100-01-01')",
        _ => $"CONSTRAINT {name} CHECK (({a.Name} IS NULL) = ({b.Name} IS NULL))",
    };
}
