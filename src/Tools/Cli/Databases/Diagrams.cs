using ChatApp.Database.Diagrams;
using ChatApp.LocalStack.Launch;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Databases;

/// <summary>Draws live databases into <c>docs/data</c>, a page for each.</summary>
internal sealed class Diagrams(StackOptions options, Servers servers)
{
    public async Task<Outcome> DrawAsync(Target target, bool dryRun, Action<string> progress, CancellationToken ct)
    {
        var file = Path.Combine(options.Repository, "docs", "data", $"{target.Database}.md");
        try
        {
            var page = await DrawAsync(target, ct);
            var name = Path.GetRelativePath(options.Repository, file);
            if (File.Exists(file) && await File.ReadAllTextAsync(file, ct) == page)
            {
                progress($"{name} is as the database is");
                return new Outcome(target.Name, target.Database, Ok: true, Done: []);
            }

            progress($"{name}{(dryRun ? " would be written" : " written")}");
            if (!dryRun)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(file)!);
                await File.WriteAllTextAsync(file, page, ct);
            }

            return new Outcome(target.Name, target.Database, Ok: true, Done: [name]);
        }
        catch (Exception exception) when (exception is NpgsqlException or MongoException or TimeoutException)
        {
            return new Outcome(
                target.Name,
                target.Database,
                Ok: false,
                Problem: $"database {target.Database} can't be read: {exception.Message.ReplaceLineEndings(" ")} Build it with `./chat db up {target.Name}`.");
        }
    }

    private async Task<string> DrawAsync(Target target, CancellationToken ct)
    {
        if (target.Postgres is { } postgres)
            return await PostgresDiagram.DrawAsync(servers.Connection(target), postgres.Schema, target.Database, target.Name, ct);

        using var client = new MongoClient(servers.Connection(target));
        return await MongoDiagram.DrawAsync(client.GetDatabase(target.Database), target.Name, ct);
    }
}
