using Npgsql;

namespace ChatApp.Cli.Tests;

/// <summary>Each role signs in with its own password, and fails at what it must not do.</summary>
[Collection(typeof(SetUpServers))]
public sealed class RoleTests(OwnServers servers)
{
    [Fact]
    public async Task A_service_reads_and_writes_its_own_rows()
    {
        await servers.UpAsync();

        await servers.ExecuteAsync("INSERT INTO auth.inbox_events (event_id) VALUES (gen_random_uuid())", "auth_db", "auth_service");
        await servers.ExecuteAsync("DELETE FROM auth.inbox_events", "auth_db", "auth_service");
        await servers.ExecuteAsync("INSERT INTO users.inbox_events (event_id) VALUES (gen_random_uuid())", "user_db", "user_service");
        Assert.Equal("auth_owner", await servers.ExecuteAsync("SELECT tableowner::text FROM pg_tables WHERE schemaname = 'auth' AND tablename = 'users'", "auth_db", "auth_service"));
    }

    [Theory]
    [InlineData("auth_service", "auth_db", "CREATE TABLE auth.mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE TABLE public.mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE TEMP TABLE mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE SCHEMA mine")]
    [InlineData("auth_service", "auth_db", "CREATE DATABASE mine")]
    [InlineData("auth_service", "auth_db", "CREATE ROLE mine")]
    [InlineData("auth_service", "auth_db", "TRUNCATE auth.users")]
    [InlineData("auth_service", "auth_db", "DROP TABLE auth.users")]
    [InlineData("auth_service", "auth_db", "ALTER TABLE auth.users ADD COLUMN mine int")]
    [InlineData("auth_service", "auth_db", "SET ROLE auth_owner")]
    [InlineData("auth_service", "user_db", "SELECT 1")]
    [InlineData("user_service", "auth_db", "SELECT 1")]
    [InlineData("user_service", "user_db", "CREATE TABLE users.mine (id int)")]
    [InlineData("auth_owner", "user_db", "SELECT 1")]
    [InlineData("user_owner", "auth_db", "SELECT 1")]
    [InlineData("auth_owner", "auth_db", "CREATE DATABASE mine")]
    [InlineData("auth_owner", "auth_db", "CREATE ROLE mine")]
    public async Task What_a_role_must_not_do_is_refused(string role, string database, string sql)
    {
        await servers.UpAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => servers.ExecuteAsync(sql, database, role));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }
}
