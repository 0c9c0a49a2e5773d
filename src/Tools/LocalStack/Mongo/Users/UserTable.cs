using System.Collections.Concurrent;
using Npgsql;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>
/// The users, in a table of the engine's PostgreSQL and whole in memory, so that signing in does not wait for the engine: one gateway alone writes them.
/// The root user is not in the table: who starts the gateway says its password.
/// </summary>
internal sealed class UserTable
{
    private const string RootDatabase = "admin", RootName = "root";

    private readonly NpgsqlDataSource _engine;
    private readonly ConcurrentDictionary<(string Database, string Name), User> _users = new();
    private byte[] _secret = [];

    private UserTable(NpgsqlDataSource engine, string rootPassword)
    {
        _engine = engine;
        _users[(RootDatabase, RootName)] = new User(RootDatabase, RootName, ScramCredential.Of(rootPassword), [Role.Find("root", RootDatabase)!]);
    }

    private SemaphoreSlim Writing { get; } = new(1);

    public static async Task<UserTable> LoadAsync(NpgsqlDataSource engine, string rootPassword, CancellationToken ct)
    {
        var table = new UserTable(engine, rootPassword);
        await using var connection = engine.CreateConnection();
        await Engine.OpenAsync(connection, ct);
        try
        {
            await table.ReadAsync(connection, ct);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            await CreateAsync(connection, ct);
            await table.ReadAsync(connection, ct);
        }

        return table;
    }

    public User? Find(string database, string name) => _users.GetValueOrDefault((database, name));

    public IEnumerable<User> Of(string database) => _users.Values.Where(user => user.Database == database).OrderBy(user => user.Name, StringComparer.Ordinal);

    /// <summary>What a sign-in is checked against: the answers for a user that isn't there tell nobody so.</summary>
    public ScramCredential CredentialOf(string database, string name) => Find(database, name)?.Credential ?? ScramCredential.Decoy(_secret, database, name);

    /// <summary>False when there is one of that name.</summary>
    public Task<bool> AddAsync(User user, CancellationToken ct) => WriteAsync(
        user,
        """
        INSERT INTO gateway.users (database, name, salt, iterations, stored_key, server_key, roles)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING
        """,
        () => Columns(user.Credential, user.Roles),
        () => _users[(user.Database, user.Name)] = user,
        ct);

    /// <summary>Changes what is given. False when the user has gone.</summary>
    public Task<bool> UpdateAsync(User user, ScramCredential? credential, Role[]? roles, CancellationToken ct) => WriteAsync(
        user,
        """
        UPDATE gateway.users SET salt = $3, iterations = $4, stored_key = $5, server_key = $6, roles = $7
        WHERE database = $1 AND name = $2
        """,
        () => Columns(credential ?? user.Credential, roles ?? user.Roles),
        () => (user.Credential, user.Roles) = (credential ?? user.Credential, roles ?? user.Roles),
        ct);

    /// <summary>False when the user has gone before.</summary>
    public Task<bool> RemoveAsync(User user, CancellationToken ct) => WriteAsync(
        user,
        "DELETE FROM gateway.users WHERE database = $1 AND name = $2",
        () => [],
        () =>
        {
            user.Roles = [];
            _users.TryRemove((user.Database, user.Name), out _);
        },
        ct);

    /// <summary>One after the other, so that the table and the memory say the same.</summary>
    private async Task<bool> WriteAsync(User user, string sql, Func<object[]> columns, Action then, CancellationToken ct)
    {
        if ((user.Database, user.Name) == (RootDatabase, RootName))
            throw new MongoError(MongoError.BadValue, "The user root@admin is set by whoever starts the server, and stays as it is.");

        await Writing.WaitAsync(ct);
        try
        {
            await using var command = _engine.CreateCommand(sql);
            foreach (var value in (object[])[user.Database, user.Name, .. columns()])
                command.Parameters.AddWithValue(value);
            if (await command.ExecuteNonQueryAsync(ct) == 0)
                return false;

            then();
            return true;
        }
        finally
        {
            Writing.Release();
        }
    }

    private static object[] Columns(ScramCredential credential, Role[] roles) =>
        [credential.Salt, credential.Iterations, credential.StoredKey, credential.ServerKey, roles.Select(role => $"{role.Name}@{role.Database}").ToArray()];

    private static async Task CreateAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            """
            CREATE SCHEMA IF NOT EXISTS gateway;
            CREATE TABLE gateway.users (
                database text NOT NULL,
                name text NOT NULL,
                salt bytea NOT NULL,
                iterations int NOT NULL,
                stored_key bytea NOT NULL,
                server_key bytea NOT NULL,
                roles text[] NOT NULL,
                PRIMARY KEY (database, name)
            );
            CREATE TABLE gateway.decoys (secret bytea NOT NULL);
            INSERT INTO gateway.decoys (secret) VALUES (uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()));
            """,
            connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private async Task ReadAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using (var secret = new NpgsqlCommand("SELECT secret FROM gateway.decoys", connection))
            _secret = (byte[])(await secret.ExecuteScalarAsync(ct))!;

        await using var users = new NpgsqlCommand("SELECT database, name, salt, iterations, stored_key, server_key, roles FROM gateway.users", connection);
        await using var reader = await users.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var credential = new ScramCredential(
                reader.GetFieldValue<byte[]>(2), reader.GetInt32(3), reader.GetFieldValue<byte[]>(4), reader.GetFieldValue<byte[]>(5));
            var roles = reader.GetFieldValue<string[]>(6).Select(role => role.Split('@', 2)).Select(role => Role.Find(role[0], role[1])).OfType<Role>();
            var user = new User(reader.GetString(0), reader.GetString(1), credential, [.. roles]);
            _users[(user.Database, user.Name)] = user;
        }
    }
}
