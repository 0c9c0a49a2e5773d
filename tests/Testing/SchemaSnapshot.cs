using Npgsql;

namespace ChatApp.Testing;

/// <summary>What a schema of a PostgreSQL database is made of, a line for each column, constraint, index and view.</summary>
public static class SchemaSnapshot
{
    /// <summary>Everything but what the migration tool keeps for itself.</summary>
    public static async Task<IReadOnlyList<string>> ReadAsync(string connectionString, string schema)
    {
        await using var db = NpgsqlDataSource.Create(connectionString);
        await using var command = db.CreateCommand(
            """
            SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                || coalesce(' collate ' || (SELECT collname FROM pg_collation WHERE oid = a.attcollation), '')
                || ' ' || a.attidentity::text || a.attgenerated::text || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '')
            FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
            WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'v') AND c.relname <> 'schema_history'
            UNION ALL
            SELECT 'constraint ' || c.relname || '.' || k.conname || ' ' || pg_get_constraintdef(k.oid)
            FROM pg_constraint k
            JOIN pg_class c ON c.oid = k.conrelid
            WHERE c.relnamespace = $1::regnamespace AND c.relname <> 'schema_history'
            UNION ALL
            SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = $1 AND tablename <> 'schema_history'
            UNION ALL
            SELECT 'view ' || viewname || ' ' || definition FROM pg_views WHERE schemaname = $1
            ORDER BY 1
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = schema });
        await using var reader = await command.ExecuteReaderAsync();
        List<string> lines = [];
        while (await reader.ReadAsync())
            lines.Add(reader.GetString(0));

        return lines;
    }

    /// <summary>Builds the schema from its declaration: a file for each table and view, in no order.</summary>
    public static async Task DeclareAsync(string connectionString, string schema, string directory)
    {
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { SearchPath = schema }.ConnectionString);
        await using (var create = db.CreateCommand($"CREATE SCHEMA {schema}"))
            await create.ExecuteNonQueryAsync();

        // What refers to another file's table waits until that is there.
        var waiting = new Queue<string>(Directory.GetFiles(directory, "*.sql").Order());
        for (var refusals = 0; waiting.TryDequeue(out var file);)
        {
            try
            {
                await using var command = db.CreateCommand(await File.ReadAllTextAsync(file));
                await command.ExecuteNonQueryAsync();
                refusals = 0;
            }
            catch (PostgresException missing) when (missing.SqlState == PostgresErrorCodes.UndefinedTable && refusals++ < waiting.Count)
            {
                waiting.Enqueue(file);
            }
        }
    }
}
