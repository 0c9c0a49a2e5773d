namespace ChatApp.Database.Mongo;

/// <summary>A service that keeps its data in MongoDB.</summary>
/// <param name="Service">Its app id.</param>
/// <param name="Folder">Its project.</param>
public sealed record ServiceCollections(string Service, DirectoryInfo Folder)
{
    /// <summary>What the collections are to be, a file for each: <c>messages.jsonc</c>.</summary>
    public DirectoryInfo Declared => new(Path.Combine(Folder.FullName, "Schema"));

    /// <summary>What leads there, a class per step: <c>V2Messages.cs</c>.</summary>
    public DirectoryInfo Migrations => new(Path.Combine(Folder.FullName, "Migrations"));

    public string Namespace => $"ChatApp.{Folder.Name}.Migrations";

    /// <param name="repository">Where the solution is.</param>
    public static IReadOnlyList<ServiceCollections> All(DirectoryInfo repository) =>
    [
        new("chat", new DirectoryInfo(Path.Combine(repository.FullName, "src/Services/Chat"))),
        new("notification", new DirectoryInfo(Path.Combine(repository.FullName, "src/Services/Notification"))),
    ];
}
