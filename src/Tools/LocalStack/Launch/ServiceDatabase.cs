using Npgsql;

namespace ChatApp.LocalStack.Launch;

/// <summary>A PostgreSQL database and its two roles: an owner that migrates, and one with which the service runs and which can only read and write rows.</summary>
public sealed record ServiceDatabase(string AppId, string Schema)
{
    public static readonly IReadOnlyList<ServiceDatabase> All = [new("auth", "auth"), new("user", "users")];

    public string Name => $"{AppId}_db";

    public string Owner => $"{AppId}_owner";

    public string Role => $"{AppId}_service";

    /// <summary>Makes what is missing; safe to repeat and to interrupt.</summary>
    /// <param name="progress">Hears what was made or, in a dry run, would be.</param>
    public async Task CreateAsync(string administrator, StackSecrets secrets, CancellationToken ct, Action<string>? progress = null, bool dryRun = false)
    {
        bool exists;
        await using (var server = NpgsqlDataSource.Create(administrator))
        {
            foreach (var role in new[] { Owner, Role })
                await EnsureRoleAsync(server, role, secrets.RolePasswords[role], progress, dryRun, ct);

            exists = await ExistsAsync(server, "SELECT 1 FROM pg_database WHERE datname = $1", Name, ct);
            progress?.Invoke($"database {Name}: {(exists ? "is there" : "created")}");
            if (dryRun)
                return;

            // Only a member of a role gives it a database; a superuser is one of all.
            if (!await ExistsAsync(server, "SELECT 1 WHERE pg_has_role($1::name, 'MEMBER')", Owner, ct))
                await ExecuteAsync(server, $"GRANT {Owner} TO CURRENT_USER", ct);
            if (!exists)
                await ExecuteAsync(server, $"CREATE DATABASE {Name} OWNER {Owner}", ct);

            await ExecuteAsync(server, $"REVOKE ALL ON DATABASE {Name} FROM PUBLIC; GRANT CONNECT ON DATABASE {Name} TO {Role}", ct);
        }

        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(administrator) { Database = Name, Pooling = false });
        await ExecuteAsync(
            database,
            $"""
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            CREATE SCHEMA IF NOT EXISTS {Schema} AUTHORIZATION {Owner};
            GRANT USAGE ON SCHEMA {Schema} TO {Role};
            GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {Schema} TO {Role};
            GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {Schema} TO {Role};
            ALTER DEFAULT PRIVILEGES FOR ROLE {Owner} IN SCHEMA {Schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {Role};
            ALTER DEFAULT PRIVILEGES FOR ROLE {Owner} IN SCHEMA {Schema} GRANT USAGE, SELECT ON SEQUENCES TO {Role};
            """,
            ct);
        progress?.Invoke($"schema {Schema}: owned by {Owner}, rows for {Role}");
    }

    /// <summary>The environment variables by which the service finds its database.</summary>
    public IEnumerable<KeyValuePair<string, string>> Environment(string administrator, StackSecrets secrets)
    {
        var server = new NpgsqlConnectionStringBuilder(administrator);
        string For(string role) => new NpgsqlConnectionStringBuilder
        {
            Host = server.Host,
            Port = server.Port,
            Database = Name,
            Username = role,
            Password = secrets.RolePasswords[role],
            SslMode = server.SslMode,
        }.ConnectionString;

        yield return new($"ConnectionStrings__{AppId}", For(Role));
        yield return new($"ConnectionStrings__{AppId}_owner", For(Owner));
    }

    private static async Task EnsureRoleAsync(NpgsqlDataSource server, string role, string password, Action<string>? progress, bool dryRun, CancellationToken ct)
    {
        var exists = await ExistsAsync(server, "SELECT 1 FROM pg_roles WHERE rolname = $1", role, ct);
        progress?.Invoke($"role {role}: {(exists ? "password set" : "created")}");
        if (!dryRun)
            await ExecuteAsync(server, $"{(exists ? "ALTER" : "CREATE")} ROLE {role} LOGIN PASSWORD '{password}'", ct);
    }

    private static async Task<bool> ExistsAsync(NpgsqlDataSource server, string sql, string name, CancellationToken ct)
    {
        await using var command = server.CreateCommand(sql);
        command.Parameters.AddWithValue(name);
        return await command.ExecuteScalarAsync(ct) is not null;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource server, string sql, CancellationToken ct)
    {
        await using var command = server.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(ct);
    }
}
