using System.Text;

namespace ChatApp.Database.Tests.Properties;

/// <summary>Views on tables and on each other.</summary>
internal static class SpecViews
{
    public static void Write(StringBuilder sql, SchemaSpec spec, int number)
    {
        if (spec.Views[number] is not { } view)
            return;
        var table = view.Table % spec.Tables.Length;
        if (spec.Tables[table] is null || SpecSql.Column(spec, table, view.Column) is not { } a || SpecSql.Column(spec, table, view.Other) is not { } b)
            return;
        var below = Enumerable.Range(0, number).Where(lower => IsSimple(spec, lower)).Select(lower => (int?)lower).LastOrDefault();
        sql.AppendLine((view.Variant % 8) switch
        {
            0 => $"CREATE VIEW v{number} AS SELECT {a.Name} AS x, {b.Name} AS y FROM t{table};",
            1 => $"CREATE VIEW v{number} WITH (security_barrier) AS SELECT {a.Name} AS x FROM t{table} WHERE {b.Name} IS NOT NULL; COMMENT ON COLUMN v{number}.x IS 'x';",
            2 => $"CREATE VIEW v{number} AS SELECT * FROM t{table}; COMMENT ON VIEW v{number} IS 'all';",
            3 => $"CREATE VIEW v{number} AS SELECT {a.Name} AS x, count(*) AS n FROM t{table} GROUP BY {a.Name} HAVING count(*) > 1;",
            4 => $"CREATE MATERIALIZED VIEW v{number} AS SELECT {a.Name} AS x, {b.Name} AS y FROM t{table}; CREATE INDEX v{number}_i ON v{number} (x); COMMENT ON INDEX v{number}_i IS 'i';",
            5 when below is { } v => $"CREATE VIEW v{number} AS SELECT x FROM v{v} WHERE x IS NOT NULL;",
            6 when below is { } v => $"CREATE VIEW v{number} AS SELECT l.x, r.{b.Name} FROM v{v} l CROSS JOIN t{table} r;",
            7 when spec.Tables[table]!.Key % 3 > 0 && SpecSql.Column(spec, table, spec.Tables[table]!.Key) is { Type: not "jsonb" } key =>
                $"CREATE VIEW v{number} AS SELECT {key.Name} AS k, {b.Name} AS x FROM t{table} GROUP BY {key.Name};",
            _ => "",
        });
    }

    /// <summary>It is there and has a column x.</summary>
    private static bool IsSimple(SchemaSpec spec, int number) =>
        spec.Views[number] is { } view && view.Variant % 8 is 0 or 1 or 4 && spec.Tables[view.Table % spec.Tables.Length] is not null
        && SpecSql.Column(spec, view.Table % spec.Tables.Length, 0) is not null;
}
