using EvolveDb;
using Npgsql;

namespace ChatApp.Platform.Database;

/// <summary>What PostgreSQL refuses at a start, and what to do about it, in words.</summary>
/// <param name="settings">What the connection was to be.</param>
/// <param name="target">The database's name on the command line.</param>
/// <param name="setting">The environment variable of the connection.</param>
internal sealed class PostgresProblem(NpgsqlConnectionStringBuilder settings, string target, string setting)
{
    public StartupException Of(NpgsqlException exception) => Of(exception, Explain(exception));

    public StartupException Of(string problem) => new($"database {settings.Database} on {settings.Host}:{settings.Port}: {problem}");

    /// <summary>A script that failed. Evolve's own message quotes all of it.</summary>
    public StartupException Of(EvolveException exception, PostgresScript script)
    {
        var cause = Causes(exception).OfType<NpgsqlException>().FirstOrDefault();
        var line = cause is PostgresException error ? script.LineOf(error) : null;
        var place = line is null ? script.Name : $"{script.Name}, line {line},";
        var outcome = script.IsTransactionEnabled
            ? "The database is as it was before it."
            : $"It does not run in a transaction: undo what it did, then let it run again with `./chat db repair {target}`.";
        return Of(exception, $"migration {place} failed: {(cause is null ? Sentence(exception.Message.Split("Sql query:")[0]) : Explain(cause))} {outcome}");
    }

    private StartupException Of(Exception exception, string problem) => new(Of(problem).Message, exception);

    private string Explain(NpgsqlException exception)
    {
        if (exception is not PostgresException error)
        {
            var cause = Causes(exception).Last().Message;
            return exception.SqlState is null && Causes(exception).Any(inner => inner is System.Net.Sockets.SocketException or TimeoutException)
                ? $"no server answers there ({cause}). Check that PostgreSQL runs, and the address in {setting}."
                : $"{Sentence(cause)} Check {setting} and the server's log.";
        }

        return error.SqlState switch
        {
            PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification =>
                $"the server does not let role {settings.Username} in ({error.MessageText}). Check the name and password in {setting}; `./chat db create-schemas {target}` sets both.",
            PostgresErrorCodes.InvalidCatalogName => $"the database does not exist. Create it with `./chat db create-schemas {target}`.",
            PostgresErrorCodes.InvalidParameterValue when error.MessageText.StartsWith("role ", StringComparison.Ordinal) =>
                $"{error.MessageText}. Create it with `./chat db create-schemas {target}`.",
            PostgresErrorCodes.InsufficientPrivilege =>
                $"role {settings.Username} lacks a privilege ({error.MessageText}). Grant it with `./chat db create-schemas {target}`.",
            PostgresErrorCodes.DiskFull => $"the server's disk is full ({error.MessageText}). Free space there, then try again.",
            _ => $"{Sentence(error.MessageText)} ({error.SqlState})",
        };
    }

    private static string Sentence(string text) => text.ReplaceLineEndings(" ").Trim().TrimEnd('.') + ".";

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
            yield return cause;
    }
}
