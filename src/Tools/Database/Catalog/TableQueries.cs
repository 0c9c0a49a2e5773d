namespace ChatApp.Database.Catalog;

/// <summary>What the catalog knows of tables and what hangs on them. $1 is the schema, $2 the names of tables to leave out.</summary>
internal static class TableQueries
{
    public const string Tables =
        """
        SELECT c.relname, ARRAY(SELECT option FROM unnest(c.reloptions) option ORDER BY option)
        FROM pg_class c
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2)
          AND c.relkind = 'r' AND NOT c.relispartition
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname
        """;

    // Up to version 14 it is the generated column that depends on the others, since then its expression.
    public const string Columns =
        """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               (SELECT u.typname FROM pg_type u
                WHERE u.oid = CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE t.oid END AND u.typnamespace = c.relnamespace),
               a.attnotnull,
               CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
               CASE a.attgenerated WHEN 's' THEN format('(%s) STORED', pg_get_expr(d.adbin, d.adrelid))
                                   WHEN 'v' THEN format('(%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid)) END,
               ARRAY(SELECT DISTINCT b.attname::text FROM pg_depend g
                     JOIN pg_attribute b ON b.attrelid = g.refobjid AND b.attnum = g.refobjsubid
                     WHERE a.attgenerated <> '' AND g.refclassid = 'pg_class'::regclass AND g.refobjid = c.oid AND g.refobjsubid NOT IN (0, a.attnum)
                       AND (g.classid = 'pg_attrdef'::regclass AND g.objid = d.oid
                            OR g.classid = 'pg_class'::regclass AND g.objid = c.oid AND g.objsubid = a.attnum)
                     ORDER BY 1),
               CASE WHEN a.attcollation <> t.typcollation THEN
                   (SELECT CASE WHEN l.collnamespace = 'pg_catalog'::regnamespace THEN quote_ident(l.collname) ELSE l.oid::regcollation::text END
                    FROM pg_collation l WHERE l.oid = a.attcollation) END,
               a.attidentity::text, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle
        FROM pg_class c
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        LEFT JOIN (pg_depend i JOIN pg_sequence s ON i.classid = 'pg_class'::regclass AND s.seqrelid = i.objid AND i.deptype = 'i')
               ON i.refclassid = 'pg_class'::regclass AND i.refobjid = c.oid AND i.refobjsubid = a.attnum
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2)
          AND c.relkind = 'r' AND NOT c.relispartition
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname, a.attnum
        """;

    // An exclusion constraint's expressions are known to its index only.
    public const string Constraints =
        """
        SELECT c.relname, k.conname, k.contype::text, pg_get_constraintdef(k.oid),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d
                     JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                     WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
                       AND (d.classid = 'pg_constraint'::regclass AND d.objid = k.oid
                            OR k.contype <> 'f' AND d.classid = 'pg_class'::regclass AND d.objid = k.conindid)
                     ORDER BY 1),
               (SELECT r.oid::regclass::text FROM pg_class r WHERE r.oid = k.confrelid AND r.relnamespace <> c.relnamespace
                UNION ALL SELECT r.relname FROM pg_class r WHERE r.oid = k.confrelid AND r.relnamespace = c.relnamespace),
               ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = k.confrelid AND a.attnum = ANY (k.confkey) ORDER BY 1),
               (SELECT i.relname FROM pg_class i WHERE i.oid = k.conindid)
        FROM pg_constraint k
        JOIN pg_class c ON c.oid = k.conrelid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2)
          AND c.relkind = 'r' AND NOT c.relispartition AND k.contype IN ('p', 'u', 'x', 'c', 'f')
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname, k.conname
        """;

    public const string Indexes =
        """
        SELECT c.relname, i.relname, x.indisunique,
               substr(pg_get_indexdef(i.oid), length(format('CREATE %sINDEX %I ON %I.%I USING ',
                   CASE WHEN x.indisunique THEN 'UNIQUE ' ELSE '' END, i.relname, $1, c.relname)) + 1),
               ARRAY(SELECT DISTINCT a.attname::text FROM pg_depend d
                     JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
                     WHERE d.classid = 'pg_class'::regclass AND d.objid = i.oid
                       AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid > 0
                     ORDER BY 1),
               x.indisvalid
        FROM pg_index x
        JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_class c ON c.oid = x.indrelid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND c.relname <> ALL ($2)
          AND c.relkind IN ('r', 'm') AND NOT c.relispartition
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname, i.relname
        """;

    public const string Sequences =
        """
        SELECT c.relname, format_type(s.seqtypid, NULL), s.seqstart, s.seqincrement, s.seqmin, s.seqmax, s.seqcache, s.seqcycle,
               o.relname, a.attname
        FROM pg_class c
        JOIN pg_sequence s ON s.seqrelid = c.oid
        LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
        LEFT JOIN pg_class o ON o.oid = d.refobjid
        LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = $1) AND d.deptype IS DISTINCT FROM 'i'
          AND (o.relname IS NULL OR o.relname <> ALL ($2))
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
        ORDER BY c.relname
        """;
}
