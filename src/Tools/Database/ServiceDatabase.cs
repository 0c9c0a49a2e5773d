namespace ChatApp.Database;

/// <summary>A service that keeps its data in PostgreSQL.</summary>
/// <param name="Service">Its app id.</param>
/// <param name="Schema">The one schema that it owns.</param>
/// <param name="Folder">Its project.</param>
public sealed record ServiceDatabase(string Service, string Schema, DirectoryInfo Folder)
{
    /// <summary>What the schema is to be, a file per table.</summary>
    public DirectoryInfo Declared => new(Path.Combine(Folder.FullName, "Schema"));

    /// <summary>What leads there, a file per step.</summary>
    public DirectoryInfo Migrations => new(Path.Combine(Folder.FullName, "Migrations"));

    /// <param name="repository">Where the solution is.</param>
    public static IReadOnlyList<ServiceDatabase> All(DirectoryInfo repository) =>
    [
        new("auth", "auth", new DirectoryInfo(Path.Combine(repository.FullName, "src/Services/Auth"))),
        new("user", "users", new DirectoryInfo(Path.Combine(repository.FullName, "src/Services/User"))),
    ];
}
