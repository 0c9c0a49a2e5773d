using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Postgres;
using Npgsql;

namespace ChatApp.LocalStack.Tests.Postgres;

public sealed class PostgresClusterTests : IDisposable
{
    private readonly string _folder = Path.Combine(Directory.CreateTempSubdirectory("chatapp-").FullName, "postgres");
    private readonly int _port = Ports.Free();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        PostgresCluster.Delete(_folder);
        Directory.Delete(Path.GetDirectoryName(_folder)!, recursive: true);
    }

    [Fact]
    public async Task What_was_stored_survives_a_restart()
    {
        // `./chat test` sets it for servers that are thrown away.
        Environment.SetEnvironmentVariable("CHATAPP_FSYNC", null);
        await using (var first = await StartAsync(_port))
            await RunAsync(first, "CREATE TABLE kept AS SELECT 42 AS answer");

        await using var second = await StartAsync(_port);

        Assert.Equal(42, await RunAsync(second, "SELECT answer FROM kept"));
        Assert.Equal("on", await RunAsync(second, "SHOW fsync"));
    }

    [Fact]
    public async Task A_cluster_made_before_there_was_a_user_postgres_starts_as_him()
    {
        await using (await StartAsync(_port))
        {
        }

        // Only root runs the server as somebody else.
        if (Environment.IsPrivilegedProcess)
            await Process.Start("chown", ["-R", "nobody", _folder]).WaitForExitAsync(Cancel);

        await using var again = await StartAsync(_port);
        Assert.Equal(1, await RunAsync(again, "SELECT 1"));
    }

    [Fact]
    public async Task Nobody_gets_in_without_the_password()
    {
        await using var cluster = await StartAsync(_port);
        var guess = new NpgsqlConnectionStringBuilder(cluster.AdminConnectionString) { Password = "guess", Pooling = false };

        await using var connection = new NpgsqlConnection(guess.ConnectionString);

        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync(Cancel))).SqlState);
    }

    [Fact]
    public async Task A_server_that_was_left_running_is_taken_over()
    {
        var left = await StartAsync(_port);

        await using var taken = await StartAsync(_port);

        Assert.Equal(left.ProcessId, taken.ProcessId);
    }

    [Fact]
    public async Task A_server_that_was_left_running_elsewhere_moves_to_the_port_asked_for()
    {
        var left = await StartAsync(_port);
        await RunAsync(left, "CREATE TABLE kept AS SELECT 42 AS answer");

        await using var moved = await StartAsync(Ports.Free());

        Assert.NotEqual(left.ProcessId, moved.ProcessId);
        Assert.Equal(42, await RunAsync(moved, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_killed_server_starts_again_with_what_was_committed()
    {
        var killed = await StartAsync(_port);
        await RunAsync(killed, "CREATE TABLE kept AS SELECT 42 AS answer");
        Process.GetProcessById(killed.ProcessId).Kill();

        await using var again = await StartAsync(_port);

        Assert.Equal(42, await RunAsync(again, "SELECT answer FROM kept"));
    }

    [Fact]
    public async Task A_lock_file_that_names_a_process_of_someone_else_is_no_obstacle()
    {
        await (await StartAsync(_port)).StopAsync();
        var elsewhere = Path.Combine(_folder, "elsewhere");
        var data = Path.Combine(Directory.Exists(elsewhere) ? elsewhere : _folder, "data");
        await File.WriteAllTextAsync(Path.Combine(data, "postmaster.pid"), $"{Environment.ProcessId}\n{data}\n1\n{_port}\n", Cancel);

        await using var again = await StartAsync(_port);

        Assert.Equal(1, await RunAsync(again, "SELECT 1"));
    }

    private Task<PostgresCluster> StartAsync(int port) => PostgresCluster.StartAsync(_folder, port, ct: Cancel);

    private static async Task<object?> RunAsync(PostgresCluster cluster, string sql)
    {
        await using var connection = new NpgsqlConnection(cluster.AdminConnectionString + ";Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Cancel);
    }
}
