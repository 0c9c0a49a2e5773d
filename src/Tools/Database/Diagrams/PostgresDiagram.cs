using ChatApp.Database.Catalog;
using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Database.Diagrams;

/// <summary>Draws one PostgreSQL schema from its catalog.</summary>
public static class PostgresDiagram
{
    /// <exception cref="NpgsqlException">The database can't be read.</exception>
    public static async Task<string> DrawAsync(string connectionString, string schema, string database, string target, CancellationToken ct)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(ct);
        return Draw(await CatalogReader.ReadAsync(connection, schema, [PostgresMigrations.HistoryTable], ct), database, target);
    }

    internal static string Draw(SchemaModel schema, string database, string target)
    {
        var page = new DiagramPage();
        foreach (var table in schema.Tables)
        {
            var constraints = schema.Constraints.Where(constraint => constraint.Table == table.Name).ToList();
            page.Entity(table.Name, schema.Columns.Where(column => column.Table == table.Name).Select(column => Attribute(column, constraints)));
            foreach (var constraint in constraints.OrderBy(constraint => constraint.Kind))
                page.Row(table.Name, constraint.Name, constraint.Definition);
            foreach (var index in schema.Indexes.Where(index => index.Table == table.Name))
                page.Row(table.Name, index.Name, $"{(index.Unique ? "UNIQUE " : "")}{index.Definition}");
        }

        foreach (var reference in schema.Constraints.Where(constraint => constraint.References is not null))
            page.Relation(Relation(reference, schema));
        foreach (var view in schema.Views)
            page.Row(view.Name, "view", $"of {string.Join(", ", view.Uses.Select(use => use.Name).Distinct())}");
        return page.Write(database, target);
    }

    private static string Attribute(Column column, IReadOnlyList<Constraint> constraints)
    {
        bool Is(ConstraintKind kind, bool alone) => constraints.Any(constraint =>
            constraint.Kind == kind && Own(constraint).Contains(column.Name) && (!alone || constraint.Columns.Count == 1));
        string[] keys =
        [
            .. Is(ConstraintKind.PrimaryKey, alone: false) ? (string[])["PK"] : [],
            .. Is(ConstraintKind.ForeignKey, alone: false) ? (string[])["FK"] : [],
            .. Is(ConstraintKind.Unique, alone: true) ? (string[])["UK"] : [],
        ];
        string[] words = [DiagramPage.Word(column.Type), column.Name, .. keys.Length > 0 ? (string[])[string.Join(", ", keys)] : [], .. column.NotNull ? (string[])[] : ["\"or null\""]];
        return string.Join(' ', words);
    }

    /// <summary>One or none on the side that is referred to; many on the other, unless the columns are a key there.</summary>
    private static string Relation(Constraint reference, SchemaModel schema)
    {
        var own = Own(reference);
        var required = schema.Columns.Where(column => column.Table == reference.Table && own.Contains(column.Name)).All(column => column.NotNull);
        var unique = schema.Constraints.Any(constraint =>
            constraint.Table == reference.Table && (constraint.Kind is ConstraintKind.PrimaryKey or ConstraintKind.Unique)
            && constraint.Columns.SequenceEqual(own.Order(StringComparer.Ordinal)));
        return $"{reference.References!.Table} {(required ? "||" : "|o")}--{(unique ? "o|" : "o{")} {reference.Table} : {string.Join("_", own)}";
    }

    /// <summary>The columns that the constraint is of: one that refers to its own table reads others too.</summary>
    private static string[] Own(Constraint constraint) => constraint.References is null
        ? [.. constraint.Columns]
        : constraint.Definition.Split('(', ')')[1].Split(", ");
}
