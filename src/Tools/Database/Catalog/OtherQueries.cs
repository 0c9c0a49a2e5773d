namespace ChatApp.Database.Catalog;

/// <summary>
/// What no migration is derived for, each with a text in which a change shows. $1 is the schema, $2 the names of tables to leave out.
/// The list follows PostgreSQL documentation, chapter 53 "System Catalogs": everything that lives in a schema or hangs on a table of it.
/// </summary>
internal static class OtherQueries
{
    /// <summary>Who may do what is not declared but granted when a schema is made, so a live database always has some.</summary>
    public const string Privileges = "privileges";

    public const string Others =
        """
        WITH s AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
        rel AS (
            SELECT c.* FROM pg_class c
            WHERE c.relnamespace = (SELECT oid FROM s) AND c.relname <> ALL ($2)
              AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e'))
        SELECT CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' ELSE 'function' END, p.oid::regprocedure::text,
               CASE WHEN p.prokind = 'a' THEN '' ELSE pg_get_functiondef(p.oid) END
        FROM pg_proc p
        WHERE p.pronamespace = (SELECT oid FROM s)
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_proc'::regclass AND e.objid = p.oid AND e.deptype IN ('e', 'i'))
        UNION ALL
        SELECT 'comment on function', p.oid::regprocedure::text, obj_description(p.oid, 'pg_proc')
        FROM pg_proc p WHERE p.pronamespace = (SELECT oid FROM s) AND obj_description(p.oid, 'pg_proc') IS NOT NULL
        UNION ALL
        SELECT 'trigger', format('%s on %s', t.tgname, c.relname), pg_get_triggerdef(t.oid) || t.tgenabled::text
        FROM pg_trigger t JOIN rel c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal
        UNION ALL
        SELECT 'rule', format('%s on %s', r.rulename, c.relname), pg_get_ruledef(r.oid)
        FROM pg_rewrite r JOIN rel c ON c.oid = r.ev_class WHERE r.rulename <> '_RETURN'
        UNION ALL
        SELECT 'row security policy', format('%s on %s', p.polname, c.relname), concat_ws(' ', p.polcmd, p.polpermissive, p.polroles,
               pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))
        FROM pg_policy p JOIN rel c ON c.oid = p.polrelid
        UNION ALL
        SELECT 'row security', c.relname, c.relforcerowsecurity::text FROM rel c WHERE c.relrowsecurity OR c.relforcerowsecurity
        UNION ALL
        SELECT CASE WHEN c.relkind = 'f' THEN 'foreign table' WHEN c.relispartition THEN 'partition' ELSE 'partitioned table' END, c.relname,
               concat_ws(E'\n', CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END, pg_get_expr(c.relpartbound, c.oid),
               (SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)), ', ' ORDER BY a.attnum)
                FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
                WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
               (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname) FROM pg_constraint k WHERE k.conrelid = c.oid),
               (SELECT string_agg(pg_get_indexdef(x.indexrelid), ', ' ORDER BY x.indexrelid::regclass::text) FROM pg_index x WHERE x.indrelid = c.oid))
        FROM rel c WHERE c.relkind IN ('p', 'f') OR c.relkind = 'r' AND c.relispartition
        UNION ALL
        SELECT 'inheritance', c.relname, i.inhparent::regclass::text
        FROM pg_inherits i JOIN rel c ON c.oid = i.inhrelid WHERE c.relkind = 'r' AND NOT c.relispartition
        UNION ALL
        SELECT 'unlogged', c.relname, '' FROM rel c WHERE c.relpersistence = 'u' AND c.relkind IN ('r', 'S')
        UNION ALL
        SELECT 'storage of column', format('%s.%s', c.relname, a.attname), concat_ws(' ', a.attstorage, a.attcompression, a.attoptions)
        FROM rel c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid
        WHERE c.relkind IN ('r', 'm') AND (a.attstorage <> t.typstorage OR a.attcompression <> '' OR a.attoptions IS NOT NULL)
        UNION ALL
        SELECT 'default of view column', format('%s.%s', c.relname, a.attname), pg_get_expr(d.adbin, d.adrelid)
        FROM rel c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind = 'v'
        UNION ALL
        SELECT 'storage options of constraint', format('%s on %s', i.relname, c.relname), array_to_string(i.reloptions, ', ')
        FROM pg_index x JOIN rel c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
        WHERE i.reloptions IS NOT NULL AND EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype IN ('p', 'u', 'x'))
        UNION ALL
        SELECT 'clustering', i.relname, c.relname FROM pg_index x JOIN rel c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid WHERE x.indisclustered
        UNION ALL
        SELECT 'replica identity', c.relname, c.relreplident::text FROM rel c WHERE c.relreplident <> 'd' AND c.relkind = 'r'
        UNION ALL
        SELECT 'tablespace', c.relname, t.spcname FROM rel c JOIN pg_tablespace t ON t.oid = c.reltablespace
        UNION ALL
        SELECT 'statistics', x.stxname, pg_get_statisticsobjdef(x.oid) FROM pg_statistic_ext x WHERE x.stxnamespace = (SELECT oid FROM s)
        UNION ALL
        SELECT 'composite type', c.relname, (SELECT string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum)
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
        FROM rel c WHERE c.relkind = 'c'
        UNION ALL
        SELECT 'range type', t.typname, r.rngsubtype::regtype::text FROM pg_type t JOIN pg_range r ON r.rngtypid = t.oid WHERE t.typnamespace = (SELECT oid FROM s)
        UNION ALL
        SELECT 'base type', t.typname, '' FROM pg_type t WHERE t.typnamespace = (SELECT oid FROM s) AND t.typtype = 'b' AND t.typcategory <> 'A'
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_type'::regclass AND e.objid = t.oid AND e.deptype = 'e')
        UNION ALL
        SELECT 'collation', l.collname, concat_ws(' ', l.collprovider, l.collcollate, l.collisdeterministic) FROM pg_collation l WHERE l.collnamespace = (SELECT oid FROM s)
        UNION ALL
        SELECT 'operator', o.oid::regoperator::text, o.oprcode::text FROM pg_operator o WHERE o.oprnamespace = (SELECT oid FROM s)
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_operator'::regclass AND e.objid = o.oid AND e.deptype = 'e')
        UNION ALL
        SELECT 'text search configuration', x.cfgname, '' FROM pg_ts_config x WHERE x.cfgnamespace = (SELECT oid FROM s)
        UNION ALL
        SELECT 'text search dictionary', x.dictname, coalesce(x.dictinitoption, '') FROM pg_ts_dict x WHERE x.dictnamespace = (SELECT oid FROM s)
          AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_ts_dict'::regclass AND e.objid = x.oid AND e.deptype = 'e')
        UNION ALL
        SELECT 'extension', x.extname, '' FROM pg_extension x WHERE x.extnamespace = (SELECT oid FROM s)
        UNION ALL
        SELECT 'privileges', c.relname, c.relacl::text FROM rel c WHERE c.relacl IS NOT NULL
        UNION ALL
        SELECT 'privileges', format('%s.%s', c.relname, a.attname), a.attacl::text
        FROM rel c JOIN pg_attribute a ON a.attrelid = c.oid WHERE a.attacl IS NOT NULL
        ORDER BY 1, 2
        """;
}
