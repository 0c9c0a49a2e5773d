using EvolveDb.Migration;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>Evolve's table of what was applied, in the schema that it is about, which is the connection's search path. Type 0 is a migration.</summary>
internal sealed class PostgresHistory(NpgsqlConnection connection, string schema)
{
    /// <summary>Marks a script that does not run in a transaction from its first statement to its last. A process that dies in between leaves the mark.</summary>
    private const string Mark = "begun outside a transaction";

    /// <summary>Compares the history with the program.</summary>
    public async Task<IReadOnlyList<SchemaStep>> CompareAsync(IReadOnlyList<PostgresScript> scripts, CancellationToken ct)
    {
        var applied = new Dictionary<string, (string Name, string Checksum)>();
        var begun = new HashSet<string>();
        if (await ExistsAsync(ct))
        {
            await using var command = Command("SELECT version, name, checksum, success, description FROM schema_history WHERE type = 0 ORDER BY id");
            await using var rows = await command.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                if (rows.GetBoolean(3))
                    applied[rows.GetString(0)] = (rows.GetString(1), rows.GetString(2));
                else if (rows.GetString(4) == Mark)
                    begun.Add(rows.GetString(0));
            }
        }

        var last = applied.Keys.Select(version => new MigrationVersion(version)).DefaultIfEmpty(MigrationVersion.MinVersion).Max()!;
        var twice = scripts.GroupBy(script => script.Label).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        var known = scripts.Select(script => new SchemaStep(script.Label, script.Name, StateOf(script), script.Content));
        var unknown = applied.Where(row => scripts.All(script => script.Label != row.Key)).Select(row => new SchemaStep(row.Key, row.Value.Name, StepState.Unknown));
        return [.. known.Concat(unknown).OrderBy(step => new MigrationVersion(step.Version)).ThenBy(step => step.Name, StringComparer.Ordinal)];

        StepState StateOf(PostgresScript script) => script.Label switch
        {
            var version when twice.Contains(version) => StepState.Duplicate,
            var version when applied.TryGetValue(version, out var row) => row.Checksum == script.CalculateChecksum() ? StepState.Applied : StepState.Changed,
            var version when begun.Contains(version) => StepState.HalfApplied,
            _ => script.Number < last ? StepState.OutOfOrder : StepState.Pending,
        };
    }

    public Task BeginAsync(PostgresScript script, CancellationToken ct) => ExecuteAsync(
        "INSERT INTO schema_history (type, version, description, name, checksum, installed_by, success) VALUES (0, $1, $2, $3, $4, current_user, false)",
        [script.Label, Mark, script.Name, script.CalculateChecksum()],
        ct);

    public Task EndAsync(string version, CancellationToken ct) =>
        ExecuteAsync("DELETE FROM schema_history WHERE version = $1 AND description = $2", [version, Mark], ct);

    public async Task<bool> ExistsAsync(CancellationToken ct)
    {
        await using var command = Command("SELECT to_regclass($1) IS NOT NULL");
        command.Parameters.AddWithValue($"\"{schema}\".{PostgresMigrations.HistoryTable}");
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    /// <summary>Whether the schema holds tables of somebody's.</summary>
    public async Task<bool> HasTablesAsync(CancellationToken ct)
    {
        await using var command = Command("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = $1 AND tablename <> $2)");
        command.Parameters.AddWithValue(schema);
        command.Parameters.AddWithValue(PostgresMigrations.HistoryTable);
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }

    private async Task ExecuteAsync(string sql, string[] values, CancellationToken ct)
    {
        await using var command = Command(sql);
        foreach (var value in values)
            command.Parameters.AddWithValue(value);
        await command.ExecuteNonQueryAsync(ct);
    }

    private NpgsqlCommand Command(string sql) => new(sql, connection);
}
