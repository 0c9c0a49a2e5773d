using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Database.Tests;

public sealed class DriftTests : IAsyncLifetime
{
    private const string Users = "CREATE TABLE users (id uuid PRIMARY KEY, name varchar(9) CHECK (name IN ('a', 'b')));";

    private readonly SampleService _service = new SampleService().Declare("users", Users);
    private PostgresDatabase _live = null!;

    public async ValueTask InitializeAsync() => _live = await PostgresDatabase.CreateAsync();

    [Fact]
    public async Task A_database_as_declared_does_not_drift()
    {
        await LiveAsync($"{Users} GRANT SELECT ON users TO PUBLIC; CREATE TABLE schema_history (id int);");

        Assert.Empty(await DriftAsync());
    }

    [Fact]
    public async Task Each_difference_is_named()
    {
        await LiveAsync(
            """
            CREATE TABLE users (id uuid NOT NULL, name text, age int);
            CREATE INDEX users_by_age ON users (age);
            CREATE TABLE rest (id int PRIMARY KEY);
            """);

        Assert.Equal(
            [
                "column users.age is there, but not declared",
                "column users.name is text; declared, it is character varying(9)",
                "constraint users_name_check of users is declared, but missing",
                "constraint users_pkey of users is declared, but missing",
                "index users_by_age of users is there, but not declared",
                "table rest is there, but not declared",
            ],
            (await DriftAsync()).Select(difference => difference.ToString()).Order(StringComparer.Ordinal));
    }

    public async ValueTask DisposeAsync()
    {
        _service.Dispose();
        await _live.DisposeAsync();
    }

    private Task<IReadOnlyList<Compare.Difference>> DriftAsync() =>
        new SchemaDrift(TestStores.Postgres).FindAsync(_service.Database, _live.ConnectionString, TestContext.Current.CancellationToken);

    private async Task LiveAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_live.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await connection.RunAsync($"CREATE SCHEMA sample; SET search_path = sample; {sql}");
    }
}
