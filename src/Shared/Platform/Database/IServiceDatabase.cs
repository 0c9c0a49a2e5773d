namespace ChatApp.Platform.Database;

/// <summary>
/// A service's database and its history of migrations. The start of the service and its <c>db</c> command do the same with it. Whatever is wrong ends in a
/// <see cref="StartupException"/> that names the database and the remedy.
/// </summary>
public interface IServiceDatabase
{
    /// <summary>What the command line calls it: <c>./chat db migrate {Target}</c>.</summary>
    string Target { get; }

    string Name { get; }

    /// <summary>Where it is, as <c>host:port</c>.</summary>
    string Server { get; }

    /// <summary>The steps of the history, those of the program and those that only the database knows, in the order of their versions.</summary>
    Task<IReadOnlyList<SchemaStep>> InspectAsync(CancellationToken ct);

    /// <summary>Where the live database is not what the migrations declare; empty where the program can't tell.</summary>
    Task<IReadOnlyList<string>> DriftAsync(CancellationToken ct);

    /// <summary>Applies what is pending, under a lock that replicas share.</summary>
    Task MigrateAsync(Action<SchemaStep> progress, CancellationToken ct);

    /// <summary>Accepts the program's text of the steps that were applied, and lets a step that stopped half-way run again.</summary>
    Task RepairAsync(Action<SchemaStep> progress, CancellationToken ct);

    /// <summary>Declares that a database which others have built is at this version.</summary>
    Task BaselineAsync(string version, Action<SchemaStep> progress, CancellationToken ct);

    /// <summary>That what the service itself connects with can use what the migrations have built.</summary>
    Task CheckServiceAsync(CancellationToken ct);
}
