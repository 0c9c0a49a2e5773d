using System.CommandLine;
using ChatApp.Database;
using ChatApp.Database.Mongo;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.Databases;

/// <summary><c>chat db generate</c>: writes the next migration of a service from its declared schema.</summary>
internal static class GenerateCommand
{
    public static Command Create(StackOptions options)
    {
        var target = new Argument<string?>("target") { Arity = ArgumentArity.ZeroOrOne, Description = "auth, user, chat or notification; all when left out." };
        var name = new Option<string?>("--name") { Description = "The migration's name; it follows from the change when left out." };
        var destructive = new Option<bool>("--allow-destructive") { Description = "Write steps too that lose data, hold long locks or may fail." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the script, write nothing." };
        var connection = new Option<string[]>("--connection") { Description = "An administrator of any server of the version in use, once for each kind; only scratch databases are made." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var command = new Command("generate", "Write the next migration from the declared schema (Schema/*.sql, Schema/*.jsonc).") { target, name, destructive, dryRun, connection, json };
        command.SetAction(async (arguments, ct) =>
        {
            var targets = Target.Named(arguments.GetValue(target));
            Directory.CreateDirectory(options.State);
            var asJson = arguments.GetValue(json);
            Action<string> say = asJson ? Console.Error.WriteLine : Say.Line;
            await using var servers = await Servers.FindAsync(options, arguments.GetValue(connection) ?? [], targets, administer: true, say, ct);
            var wanted = new GenerateOptions(arguments.GetValue(name), arguments.GetValue(destructive), arguments.GetValue(dryRun));
            var outcomes = new List<Outcome>();
            foreach (var service in targets)
                outcomes.Add(await GenerateAsync(servers, options, service, wanted, say, ct));

            var ok = outcomes.TrueForAll(outcome => outcome.Ok);
            if (asJson)
                Console.WriteLine(new Outcomes("generate", wanted.DryRun, ok, outcomes).ToJson());
            return ok ? 0 : 1;
        });
        return command;
    }

    private static Task<GenerateResult> GenerateAsync(Servers servers, StackOptions options, Target target, GenerateOptions wanted, CancellationToken ct)
    {
        var (repository, administrator) = (new DirectoryInfo(options.Repository), servers.Administrator(target));
        if (target.Postgres is not null)
            return new SchemaGenerator(administrator).GenerateAsync(Database.ServiceDatabase.All(repository).First(service => service.Service == target.Name), wanted, ct);

        return new CollectionGenerator(administrator, MigrateAsync)
            .GenerateAsync(ServiceCollections.All(repository).First(service => service.Service == target.Name), wanted, ct);

        async Task MigrateAsync(string scratch, CancellationToken ct)
        {
            var migrated = await new ServiceProgram(options, servers).RunAsync(target, ["migrate"], _ => { }, ct, connection: scratch);
            if (!migrated.Ok)
                throw new DatabaseToolException(migrated.Problem ?? "the migrations don't run");
        }
    }

    private static async Task<Outcome> GenerateAsync(
        Servers servers, StackOptions options, Target target, GenerateOptions wanted, Action<string> say, CancellationToken ct)
    {
        try
        {
            var result = await GenerateAsync(servers, options, target, wanted, ct);
            var file = result.File is null ? "" : Path.GetRelativePath(options.Repository, result.File.FullName);
            var said = result.Outcome switch
            {
                GenerateOutcome.NothingToDo => $"{target.Name}: nothing to do, the migrations build what is declared.",
                GenerateOutcome.Written => $"{target.Name}: wrote {file}. Read it, then `./chat db migrate {target.Name}`.",
                GenerateOutcome.WouldWrite => $"{target.Name}: would write {file}:\n{result.Script}",
                GenerateOutcome.NeedsPermission => $"{target.Name}: {file} is not written, for it would do harm:\n{result.Script}\nGo the way that each mark names, or say --allow-destructive.",
                GenerateOutcome.NotExpressible => $"{target.Name}: nothing is written, for no statement is derived for:\n{string.Join('\n', result.Refusals)}",
                _ => $"{target.Name}: nothing is written, for this would still differ:\n{string.Join('\n', result.Left ?? [])}",
            };
            say(said);
            var done = result.Outcome is GenerateOutcome.Written or GenerateOutcome.WouldWrite ? (string[])[file] : [];
            return new Outcome(target.Name, target.Database, result.Succeeded, Done: done, Problem: result.Succeeded ? null : said);
        }
        catch (DatabaseToolException exception)
        {
            Say.Error($"{target.Name}: {exception.Message}");
            return new Outcome(target.Name, target.Database, Ok: false, Problem: exception.Message);
        }
    }
}
