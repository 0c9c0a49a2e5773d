using Dapper;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>Dapper with the cancellation token passed on: reads go to the data source, writes to a transaction.</summary>
public static class Sql
{
    public static async Task<T?> QuerySingleOrDefaultAsync<T>(this NpgsqlDataSource db, string sql, object? parameters, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        return await connection.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: ct));
    }

    public static async Task<IReadOnlyList<T>> QueryAsync<T>(this NpgsqlDataSource db, string sql, object? parameters, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        return (await connection.QueryAsync<T>(new CommandDefinition(sql, parameters, cancellationToken: ct))).AsList();
    }

    /// <summary>Runs one statement by itself.</summary>
    /// <returns>The number of rows that it changed.</returns>
    public static async Task<int> ExecuteAsync(this NpgsqlDataSource db, string sql, object? parameters, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        return await connection.ExecuteAsync(new CommandDefinition(sql, parameters, cancellationToken: ct));
    }

    public static Task<T?> QuerySingleOrDefaultAsync<T>(this NpgsqlTransaction tx, string sql, object? parameters, CancellationToken ct) =>
        tx.Connection!.QuerySingleOrDefaultAsync<T>(new CommandDefinition(sql, parameters, tx, cancellationToken: ct));

    public static Task<int> ExecuteAsync(this NpgsqlTransaction tx, string sql, object? parameters, CancellationToken ct) =>
        tx.Connection!.ExecuteAsync(new CommandDefinition(sql, parameters, tx, cancellationToken: ct));

    /// <summary>Commits when <paramref name="work"/> returns, rolls back when it throws.</summary>
    public static async Task<T> InTransactionAsync<T>(this NpgsqlDataSource db, Func<NpgsqlTransaction, Task<T>> work, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var tx = await connection.BeginTransactionAsync(ct);
        var result = await work(tx);
        await tx.CommitAsync(ct);
        return result;
    }

    /// <inheritdoc cref="InTransactionAsync{T}"/>
    public static Task InTransactionAsync(this NpgsqlDataSource db, Func<NpgsqlTransaction, Task> work, CancellationToken ct) =>
        db.InTransactionAsync(async tx =>
        {
            await work(tx);
            return 0;
        }, ct);
}
