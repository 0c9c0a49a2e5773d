using ChatApp.Database.Scratch;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Database.Tests.Scratch;

public sealed class ScratchDatabaseTests
{
    [Fact]
    public async Task A_scratch_database_goes_when_it_is_no_longer_used()
    {
        string name;
        await using (var scratch = await CreateAsync())
        {
            name = NameOf(scratch);
            Assert.True(await ExistsAsync(name));
        }

        Assert.False(await ExistsAsync(name));
    }

    [Fact]
    public async Task What_a_killed_run_left_behind_is_dropped_by_the_next_and_what_is_in_use_is_not()
    {
        var left = $"{ScratchDatabase.Prefix}{Guid.CreateVersion7():N}";
        await AdministerAsync($"CREATE DATABASE {left}");
        await using var used = await CreateAsync();

        await using var next = await CreateAsync();

        Assert.False(await ExistsAsync(left));
        Assert.True(await ExistsAsync(NameOf(used)));
    }

    private static Task<ScratchDatabase> CreateAsync() => ScratchDatabase.CreateAsync(TestStores.Postgres, TestContext.Current.CancellationToken);

    private static string NameOf(ScratchDatabase scratch) => new NpgsqlConnectionStringBuilder(scratch.ConnectionString).Database!;

    private static async Task<bool> ExistsAsync(string name) => (bool)(await AdministerAsync($"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{name}')"))!;

    private static async Task<object?> AdministerAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(TestStores.Postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }
}
