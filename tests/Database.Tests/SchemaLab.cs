using ChatApp.Database.Catalog;
using ChatApp.Database.Compare;
using ChatApp.Database.Planning;
using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Database.Tests;

/// <summary>Builds schemas beside each other in one database, and leads one to the other by its plan.</summary>
public sealed class SchemaLab : IAsyncLifetime
{
    private PostgresDatabase _database = null!;
    private NpgsqlConnection _connection = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await PostgresDatabase.CreateAsync();
        _connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = false }.ConnectionString);
        await _connection.OpenAsync();
        // Nothing here has to outlive the test.
        await RunAsync("SET synchronous_commit = off");
    }

    /// <summary>Applies the plan as a migration is applied, in one transaction, and fails if that doesn't lead to what is declared.</summary>
    public async Task<Plan> LeadAsync(string from, string to)
    {
        var (plan, left) = await TryLeadAsync(from, to);
        Assert.Empty(plan.Refusals);
        Assert.True(left.Count == 0, $"{string.Join('\n', left)}\n\n{Script(plan)}");
        return plan;
    }

    public async Task<Plan> PlanAsync(string from, string to)
    {
        var declared = await BuildAsync("declared", to);
        return Planner.Plan(Comparison.Between(await BuildAsync("built", from), declared));
    }

    internal async Task<(Plan Plan, IReadOnlyList<Difference> Left)> TryLeadAsync(string from, string to)
    {
        var declared = await BuildAsync("declared", to);
        var built = await BuildAsync("built", from);
        var plan = Planner.Plan(Comparison.Between(built, declared));
        if (plan.Refusals.Count > 0)
            return (plan, []);
        try
        {
            await RunAsync($"BEGIN; {Script(plan)}; COMMIT");
        }
        catch (PostgresException exception)
        {
            await RunAsync("ROLLBACK");
            return (plan, [new Difference("the plan", exception.MessageText)]);
        }

        var reached = await ReadAsync("built");
        // An expression that the server writes differently once it has read its own words: see Workbench.CompareAsync.
        var comparison = Comparison.Between(reached, declared);
        if (!comparison.IsEmpty)
            comparison = Comparison.Between(await SettleAsync("built", reached), await SettleAsync("declared", declared));
        return (plan, Differences.Of(comparison));
    }

    public static string Script(Plan plan) => string.Concat(plan.Steps.Select(step => $"{step.Sql};\n"));

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _database.DisposeAsync();
    }

    private Task<SchemaModel> SettleAsync(string schema, SchemaModel model) =>
        BuildAsync(schema, Script(Planner.Plan(Comparison.Between(SchemaModel.Empty, model))));

    private async Task<SchemaModel> BuildAsync(string schema, string sql)
    {
        await RunAsync($"DROP SCHEMA IF EXISTS {schema} CASCADE; CREATE SCHEMA {schema}; SET search_path = {schema}; {sql}");
        return await ReadAsync(schema);
    }

    private Task<SchemaModel> ReadAsync(string schema) => CatalogReader.ReadAsync(_connection, schema, [], CancellationToken.None);

    private async Task RunAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
