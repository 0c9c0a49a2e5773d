using Npgsql;

namespace ChatApp.Database.Scratch;

/// <summary>
/// Runs the files of a declared schema. They stand in no order: a file waits at a statement that needs something which isn't there yet, while the others go
/// on; when none can, the first error is the user's. So a name says what a file holds, and two tables may refer to each other.
/// </summary>
internal static class DeclaredSchema
{
    private static readonly string[] NotYetThere =
    [
        PostgresErrorCodes.UndefinedTable, PostgresErrorCodes.UndefinedObject, PostgresErrorCodes.UndefinedFunction, PostgresErrorCodes.UndefinedColumn,
        PostgresErrorCodes.InvalidForeignKey, PostgresErrorCodes.WrongObjectType,
    ];

    public static async Task BuildAsync(NpgsqlConnection connection, DirectoryInfo folder, CancellationToken ct)
    {
        if (!folder.Exists)
            throw new DatabaseToolException($"there is no declared schema: {folder.FullName} is missing.");
        var files = folder.GetFiles("*.sql").OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => new OpenFile(file, new Queue<SqlStatement>(SqlScript.Split(File.ReadAllText(file.FullName))))).ToList();
        while (files.Any(file => file.Left.Count > 0))
        {
            var moved = false;
            DatabaseToolException? first = null;
            foreach (var file in files)
            {
                var before = file.Left.Count;
                var error = await RunAsync(connection, file, ct);
                first ??= error;
                moved |= file.Left.Count < before;
            }

            if (!moved)
                throw first!;
        }
    }

    /// <returns>Why the file has to wait, if it has.</returns>
    private static async Task<DatabaseToolException?> RunAsync(NpgsqlConnection connection, OpenFile file, CancellationToken ct)
    {
        while (file.Left.TryPeek(out var statement))
        {
            try
            {
                await connection.ExecuteAsync(statement.Text, ct);
                file.Left.Dequeue();
            }
            catch (PostgresException exception)
            {
                var line = statement.Line + (exception.Position > 0 ? statement.Text.AsSpan(0, Math.Min(exception.Position, statement.Text.Length)).Count('\n') : 0);
                var error = new DatabaseToolException($"{file.File.FullName}:{line}: {exception.MessageText}", exception);
                if (NotYetThere.Contains(exception.SqlState))
                    return error;
                throw error;
            }
        }

        return null;
    }

    private sealed record OpenFile(FileInfo File, Queue<SqlStatement> Left);
}
