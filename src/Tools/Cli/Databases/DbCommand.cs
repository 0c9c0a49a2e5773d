using System.CommandLine;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.Databases;

/// <summary><c>chat db</c>: the services' databases, one or all, on any server.</summary>
internal static class DbCommand
{
    private static readonly Argument<string?> TargetName = new("target")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"{string.Join(", ", Target.All.Select(target => target.Name))}; all when left out.",
    };

    private static readonly Option<string[]> Connection = new("--connection")
    {
        Description = "An administrator's or owner's address: Host=...;Username=...;Password=... or mongodb://...; may be given twice.",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document." };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would be done, and do nothing." };
    private static readonly Option<string?> Version = new("--version") { Description = "The version that the database is at; the newest when left out." };

    public static Command Create(StackOptions options) => new("db", "Work on the services' databases.")
    {
        Verb(options, "create-schemas", "Create databases, schemas and roles; safe to repeat."),
        GenerateCommand.Create(options),
        Verb(options, "migrate", "Apply pending migrations."),
        Verb(options, "status", "Say what is applied and pending, and whether database and program agree."),
        Verb(options, "validate", "The same, and fail unless everything is applied."),
        Verb(options, "repair", "Accept changed migrations as they are now, and let half-applied ones run again."),
        Verb(options, "baseline", "Declare that a database which others have built is at a version.", Version),
        Verb(options, "up", "Create schemas, then migrate: the complete set-up; safe to repeat."),
        Verb(options, "diagram", "Draw the live databases into docs/data."),
        SeedCommand.Create(options, TargetName, Connection, Json, DryRun),
    };

    private static Command Verb(StackOptions options, string verb, string description, Option<string?>? version = null)
    {
        var command = new Command(verb, description) { TargetName, Connection, Json, DryRun };
        if (version is not null)
            command.Add(version);
        command.SetAction((arguments, ct) => new DbRun(
            options,
            verb,
            Target.Named(arguments.GetValue(TargetName)),
            arguments.GetValue(Connection) ?? [],
            arguments.GetValue(DryRun),
            arguments.GetValue(Json),
            version is null ? null : arguments.GetValue(version)).RunAsync(ct));
        return command;
    }
}
