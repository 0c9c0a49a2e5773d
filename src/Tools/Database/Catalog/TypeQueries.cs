namespace ChatApp.Database.Catalog;

/// <summary>Types, views and comments. $1 is the schema, $2 the names of tables to leave out.</summary>
internal static class TypeQueries
{
    public const string Enums =
        """
        SELECT t.typname, ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder)
        FROM pg_type t
        WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND t.typtype = 'e' AND $2::text[] IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
        ORDER BY t.typname
        """;

    public const string Domains =
        """
        SELECT t.typname, format_type(t.typbasetype, t.typtypmod),
               (SELECT u.typname FROM pg_type u
                WHERE u.oid = CASE WHEN b.typcategory = 'A' THEN b.typelem ELSE b.oid END AND u.typnamespace = t.typnamespace),
               t.typnotnull, pg_get_expr(t.typdefaultbin, 0),
               CASE WHEN t.typcollation <> b.typcollation THEN (SELECT quote_ident(l.collname) FROM pg_collation l WHERE l.oid = t.typcollation) END,
               ARRAY(SELECT k.conname::text FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname),
               ARRAY(SELECT pg_get_constraintdef(k.oid) FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c' ORDER BY k.conname)
        FROM pg_type t
        JOIN pg_type b ON b.oid = t.typbasetype
        WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND t.typtype = 'd' AND $2::text[] IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
        ORDER BY t.typname
        """;

    public const string Views =
        """
        SELECT c.relname, c.relkind = 'm', rtrim(pg_get_viewdef(c.oid), E'; \n'),
               ARRAY(SELECT option FROM unnest(c.reloptions) option ORDER BY option)
        FROM pg_class c
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('v', 'm') AND $2::text[] IS NOT NULL
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname
        """;

    public const string ViewUses =
        """
        SELECT DISTINCT c.relname::text,
               CASE d.refclassid WHEN 'pg_type'::regclass THEN 3 WHEN 'pg_constraint'::regclass THEN 2 ELSE (a.attname IS NOT NULL)::int END AS kind,
               coalesce(r.relname, t.typname)::text AS name, coalesce(a.attname, k.conname, '')::text AS part
        FROM pg_class c
        JOIN pg_rewrite w ON w.ev_class = c.oid
        JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = w.oid
        LEFT JOIN pg_constraint k ON d.refclassid = 'pg_constraint'::regclass AND k.oid = d.refobjid
        LEFT JOIN pg_class r ON r.oid = CASE d.refclassid WHEN 'pg_class'::regclass THEN d.refobjid WHEN 'pg_constraint'::regclass THEN k.conrelid END
        LEFT JOIN pg_attribute a ON d.refclassid = 'pg_class'::regclass AND a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND d.refobjsubid > 0
        LEFT JOIN pg_type t ON d.refclassid = 'pg_type'::regclass AND t.oid = d.refobjid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relkind IN ('v', 'm') AND $2::text[] IS NOT NULL
          AND d.refobjid <> c.oid AND coalesce(r.relnamespace, t.typnamespace) = c.relnamespace
        ORDER BY 1, 2, 3, 4
        """;

    public const string Comments =
        """
        SELECT CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'i' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END,
               c.relname::text, '', d.description
        FROM pg_description d JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid AND d.objsubid = 0
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2) AND c.relkind <> 'c'
        UNION ALL
        SELECT 'COLUMN', c.relname, a.attname, d.description
        FROM pg_description d
        JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2) AND d.objsubid > 0
        UNION ALL
        SELECT 'CONSTRAINT', c.relname, k.conname, d.description
        FROM pg_description d
        JOIN pg_constraint k ON d.classoid = 'pg_constraint'::regclass AND k.oid = d.objoid
        JOIN pg_class c ON c.oid = k.conrelid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2)
        UNION ALL
        SELECT CASE t.typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, t.typname, '', d.description
        FROM pg_description d JOIN pg_type t ON d.classoid = 'pg_type'::regclass AND t.oid = d.objoid
        WHERE t.typnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND t.typtype IN ('d', 'e')
        ORDER BY 1, 2, 3
        """;
}
