using ChatApp.Database.Compare;
using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Database.Mongo;

/// <summary>Writes the next migration of a service that keeps its data in MongoDB: what its declared schema has and its migrations don't build.</summary>
/// <param name="server">A user who may make databases, on any server: no database of a service is touched.</param>
/// <param name="migrateAsync">Runs the service's migrations, which are code, on the database of this address.</param>
public sealed class CollectionGenerator(string server, Func<string, CancellationToken, Task> migrateAsync)
{
    /// <exception cref="DatabaseToolException">The server, the declared schema or an existing migration is at fault.</exception>
    public async Task<GenerateResult> GenerateAsync(ServiceCollections service, GenerateOptions options, CancellationToken ct)
    {
        var version = Migrations.NextVersion(service.Migrations, "V*.cs");
        var declared = DeclaredCollections.Read(service.Declared);
        await using var target = await MongoScratch.CreateAsync(server, ct);
        await DeclaredCollections.BuildAsync(declared, target.Database, ct);
        var wanted = await MongoSchema.ReadAsync(target.Database, ct);
        await using var scratch = await MongoScratch.CreateAsync(server, ct);
        await migrateAsync(scratch.Address, ct);
        var built = await MongoSchema.ReadAsync(scratch.Database, ct);
        if (built.DifferencesFrom(wanted).Count == 0)
            return new GenerateResult(GenerateOutcome.NothingToDo);

        if (CollectionPlanner.Refusals(built) is { Count: > 0 } refusals)
            return new GenerateResult(GenerateOutcome.NotExpressible) { Refusals = refusals };

        var changes = new CollectionPlanner(built, wanted, declared).Plan();
        var name = Migrations.InWords(options.Name ?? Migrations.NameOf([.. changes.SelectMany(change => change.Words)]), ' ');
        var file = new FileInfo(Path.Combine(service.Migrations.FullName, $"{MigrationClass.Name(version, name)}.cs"));
        var script = MigrationClass.Text(service.Namespace, version, name, changes);
        var left = await ProveAsync(scratch.Database, changes, wanted, ct);
        return await GenerateResult.WriteAsync(options, [.. changes.SelectMany(change => change.Hazards)], file, script, left, ct);
    }

    /// <summary>Does the step after all others, as a service would that starts on an empty database.</summary>
    private static async Task<IReadOnlyList<Difference>> ProveAsync(IMongoDatabase db, IReadOnlyList<CollectionChange> changes, MongoSchema wanted, CancellationToken ct)
    {
        try
        {
            foreach (var change in changes)
                await change.Shape.ApplyAsync(db, ct);
            return [.. (await MongoSchema.ReadAsync(db, ct)).DifferencesFrom(wanted).Select(difference => new Difference("after the step:", difference))];
        }
        catch (MongoCommandException exception)
        {
            return [new Difference("the step", $"does not run: {exception.ErrorMessage}")];
        }
    }
}
