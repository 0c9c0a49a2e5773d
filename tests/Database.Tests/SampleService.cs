using ChatApp.Testing;
using Npgsql;

namespace ChatApp.Database.Tests;

/// <summary>A service of a test's own: two folders of SQL files.</summary>
public sealed class SampleService : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-database-tests-");

    public SampleService() => Database = new ServiceDatabase("sample", "sample", _folder);

    public ServiceDatabase Database { get; }

    public IEnumerable<string> Scripts => Database.Migrations.Exists ? Database.Migrations.GetFiles().Select(file => file.Name).Order() : [];

    public SampleService Declare(string name, string sql) => Write(Database.Declared, $"{name}.sql", sql);

    public SampleService Migrate(string name, string sql) => Write(Database.Migrations, $"{name}.sql", sql);

    public string Script(string name) => File.ReadAllText(Path.Combine(Database.Migrations.FullName, name));

    public Task<GenerateResult> GenerateAsync(GenerateOptions? options = null) =>
        new SchemaGenerator(TestStores.Postgres).GenerateAsync(Database, options ?? new GenerateOptions(), TestContext.Current.CancellationToken);

    public void Dispose() => _folder.Delete(recursive: true);

    private SampleService Write(DirectoryInfo folder, string name, string text)
    {
        folder.Create();
        File.WriteAllText(Path.Combine(folder.FullName, name), text);
        return this;
    }
}

internal static class Run
{
    public static async Task RunAsync(this NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }
}
