using ChatApp.LocalStack.Launch;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Databases;

/// <summary>Creates databases, schemas, roles and users.</summary>
internal sealed class Schemas(StackSecrets secrets, Servers servers)
{
    public async Task<Outcome> CreateAsync(Target target, bool dryRun, Action<string> progress, CancellationToken ct)
    {
        var administrator = servers.Administrator(target);
        var done = new List<string>();
        try
        {
            if (target.Postgres is { } postgres)
                await postgres.CreateAsync(administrator, secrets, ct, Did, dryRun);
            else
                await target.Mongo!.CreateAsync(administrator, secrets, ct, Did, dryRun);
            return new Outcome(target.Name, target.Database, Ok: true, Place(target, administrator), Done: done);
        }
        catch (Exception exception) when (exception is NpgsqlException or MongoException or TimeoutException)
        {
            var place = Place(target, administrator);
            return new Outcome(target.Name, target.Database, Ok: false, place, Done: done, Problem: $"database {target.Database} on {place} can't be created: {Explain(exception)}");
        }

        void Did(string step)
        {
            done.Add(step);
            progress(dryRun ? $"{step} (dry run)" : step);
        }
    }

    private static string Place(Target target, string administrator) => target.Postgres is null
        ? string.Join(',', new MongoUrl(administrator).Servers)
        : $"{new NpgsqlConnectionStringBuilder(administrator).Host}:{new NpgsqlConnectionStringBuilder(administrator).Port}";

    private static string Explain(Exception exception) => exception switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } error =>
            $"{error.MessageText}. Give the address of a role that may create databases and roles.",
        PostgresException error => $"{error.MessageText} ({error.SqlState}). Check the address of the administrator.",
        MongoCommandException error => $"{error.ErrorMessage}. Give the address of a user that may create users.",
        MongoAuthenticationException => "the server does not let the administrator in. Check the name and password in the address.",
        _ => "no server answers there. Check that it runs, and the address.",
    };
}
