using System.Data.Common;
using Npgsql;

namespace ChatApp.Database.Catalog;

/// <summary>Reads one schema through the catalog, in one round trip.</summary>
public static class CatalogReader
{
    /// <param name="connection">Open. Its search path is set to the schema, so that the server writes the schema's own names unqualified.</param>
    /// <param name="without">Tables that are no part of what is compared, such as the record of applied migrations.</param>
    public static async Task<SchemaModel> ReadAsync(NpgsqlConnection connection, string schema, IReadOnlyList<string> without, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SELECT set_config('search_path', quote_ident($1), false)") { Parameters = { new() { Value = schema } } });
        foreach (var sql in (string[])
            [
                TableQueries.Tables, TableQueries.Columns, TableQueries.Constraints, TableQueries.Indexes, TableQueries.Sequences,
                TypeQueries.Enums, TypeQueries.Domains, TypeQueries.ViewUses, TypeQueries.Views, OtherQueries.Others, TypeQueries.Comments,
            ])
        {
            batch.BatchCommands.Add(new NpgsqlBatchCommand(sql) { Parameters = { new() { Value = schema }, new() { Value = without.ToArray() } } });
        }

        await using var rows = await batch.ExecuteReaderAsync(ct);
        var tables = await NextAsync(rows, row => new Table(row.Text(0), row.Texts(1)), ct);
        var columns = await NextAsync(rows, ToColumn, ct);
        var constraints = await NextAsync(rows, ToConstraint, ct);
        var indexes = await NextAsync(
            rows, row => new TableIndex(row.Text(0), row.Text(1), row.GetBoolean(2), row.Text(3), row.Texts(4), row.GetBoolean(5)), ct);
        var sequences = await NextAsync(rows, ToSequence, ct);
        var enums = await NextAsync(rows, row => new EnumType(row.Text(0), row.Texts(1)), ct);
        var domains = await NextAsync(rows, ToDomain, ct);
        var uses = (await NextAsync(
            rows, row => (View: row.Text(0), Use: new ViewUse((UseKind)row.GetInt32(1), row.Text(2), row.Text(3))), ct)).ToLookup(use => use.View, use => use.Use);
        var views = await NextAsync(
            rows, row => new View(row.Text(0), row.GetBoolean(1), row.Text(2), row.Texts(3), new(uses[row.Text(0)])), ct);
        var others = await NextAsync(rows, row => new OtherObject(row.Text(0), row.Text(1), row.OptionalText(2) ?? ""), ct);
        var comments = await NextAsync(rows, row => new Comment(row.Text(0), row.Text(1), row.Text(2), row.Text(3)), ct);
        return new SchemaModel(tables, columns, constraints, indexes, sequences, enums, domains, views, others, comments);
    }

    private static async Task<Items<T>> NextAsync<T>(NpgsqlDataReader rows, Func<DbDataReader, T> read, CancellationToken ct)
    {
        await rows.NextResultAsync(ct);
        var items = new List<T>();
        while (await rows.ReadAsync(ct))
            items.Add(read(rows));
        return new Items<T>(items);
    }

    private static Column ToColumn(DbDataReader row) => new(
        row.Text(0), row.Text(1), row.Text(2), row.OptionalText(3), row.GetBoolean(4), row.OptionalText(5), row.OptionalText(6), row.Texts(7),
        row.Text(9).Length == 0 ? null : new Identity(row.Text(9) == "a", row.Counting(10)), row.OptionalText(8));

    private static Constraint ToConstraint(DbDataReader row)
    {
        var kind = row.Text(2) switch
        {
            "p" => ConstraintKind.PrimaryKey,
            "u" => ConstraintKind.Unique,
            "x" => ConstraintKind.Exclude,
            "c" => ConstraintKind.Check,
            _ => ConstraintKind.ForeignKey,
        };
        var references = kind == ConstraintKind.ForeignKey ? new ForeignTable(row.Text(5), row.Texts(6), row.Text(7)) : null;
        return new Constraint(row.Text(0), row.Text(1), kind, row.Text(3), row.Texts(4), references);
    }

    private static Sequence ToSequence(DbDataReader row) =>
        new(row.Text(0), row.Counting(1), row.OptionalText(8) is { } table ? new ColumnName(table, row.Text(9)) : null);

    private static DomainType ToDomain(DbDataReader row) => new(
        row.Text(0), row.Text(1), row.OptionalText(2), row.GetBoolean(3), row.OptionalText(4), row.OptionalText(5),
        new(row.Texts(6).Zip(row.Texts(7), (name, definition) => new DomainCheck(name, definition))));

    private static string Text(this DbDataReader row, int column) => row.GetString(column);

    private static string? OptionalText(this DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static Items<string> Texts(this DbDataReader row, int column) => new(row.GetFieldValue<string[]>(column));

    private static Counting Counting(this DbDataReader row, int first) => new(
        row.Text(first), row.GetInt64(first + 1), row.GetInt64(first + 2), row.GetInt64(first + 3), row.GetInt64(first + 4), row.GetInt64(first + 5),
        row.GetBoolean(first + 6));
}
