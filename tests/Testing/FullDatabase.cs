using System.Reflection;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Testing;

/// <summary>Databases that are full before their service starts, as they are in production.</summary>
public static class FullDatabase
{
    /// <param name="service">The service's assembly: its migrations build the tables.</param>
    /// <param name="schema">The schema that it owns.</param>
    /// <param name="rows">Fills them. What one table asks of another is not checked meanwhile.</param>
    public static async Task<ITestDatabase> PostgresAsync(Assembly service, string schema, string rows)
    {
        var database = await PostgresDatabase.CreateAsync();
        await new PostgresMigrations("test", schema, database.ConnectionString, service: null, PostgresScript.In(service)).MigrateAsync(_ => { }, CancellationToken.None);
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            SearchPath = schema,
            CommandTimeout = 120,
            Options = "-c session_replication_role=replica -c synchronous_commit=off",
        });
        await using var command = db.CreateCommand($"{rows}; {Events}; ANALYZE");
        await command.ExecuteNonQueryAsync();
        return database;
    }

    /// <summary>What others have caused: events that wait for the relay, and events that were handled.</summary>
    private const string Events =
        """
        INSERT INTO outbox_events (id, topic, type, key, payload, at)
        SELECT gen_random_uuid(), 'tests', 'tests.nothing.v1', 'key_' || i % 1000, '{}', now() FROM generate_series(1, 100000) i;
        INSERT INTO inbox_events (event_id) SELECT gen_random_uuid() FROM generate_series(1, 100000);
        """;
}
