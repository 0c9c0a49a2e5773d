using System.CommandLine;
using ChatApp.Database;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.Databases;

/// <summary><c>chat db generate</c>: writes the next migration of a PostgreSQL service from its declared schema.</summary>
internal static class GenerateCommand
{
    public static Command Create(StackOptions options)
    {
        var target = new Argument<string?>("target") { Arity = ArgumentArity.ZeroOrOne, Description = "auth or user; both when left out." };
        var name = new Option<string?>("--name") { Description = "The migration's name; it follows from the change when left out." };
        var destructive = new Option<bool>("--allow-destructive") { Description = "Write statements too that lose data, hold long locks or may fail." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the script, write nothing." };
        var connection = new Option<string[]>("--connection") { Description = "An administrator of any PostgreSQL server of the version in use; only scratch databases are made." };
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var command = new Command("generate", "Write the next migration from the declared schema (Schema/*.sql).") { target, name, destructive, dryRun, connection, json };
        command.SetAction(async (arguments, ct) =>
        {
            var targets = Target.Named(arguments.GetValue(target)).Where(service => service.Postgres is not null).ToList();
            if (targets.Count == 0)
                throw new LaunchException($"{arguments.GetValue(target)} keeps its data in MongoDB: add a step to its Migrations folder by hand.");

            Directory.CreateDirectory(options.State);
            var asJson = arguments.GetValue(json);
            Action<string> say = asJson ? Console.Error.WriteLine : Say.Line;
            await using var servers = await Servers.FindAsync(options, arguments.GetValue(connection) ?? [], targets, administer: true, say, ct);
            var generator = new SchemaGenerator(servers.Administrator(targets[0]));
            var wanted = new GenerateOptions(arguments.GetValue(name), arguments.GetValue(destructive), arguments.GetValue(dryRun));
            var outcomes = new List<Outcome>();
            foreach (var service in targets)
                outcomes.Add(await GenerateAsync(generator, options, service, wanted, say, ct));

            var ok = outcomes.TrueForAll(outcome => outcome.Ok);
            if (asJson)
                Console.WriteLine(new Outcomes("generate", wanted.DryRun, ok, outcomes).ToJson());
            return ok ? 0 : 1;
        });
        return command;
    }

    private static async Task<Outcome> GenerateAsync(
        SchemaGenerator generator, StackOptions options, Target target, GenerateOptions wanted, Action<string> say, CancellationToken ct)
    {
        var service = Database.ServiceDatabase.All(new DirectoryInfo(options.Repository)).First(service => service.Service == target.Name);
        try
        {
            var result = await generator.GenerateAsync(service, wanted, ct);
            var file = result.File is null ? "" : Path.GetRelativePath(options.Repository, result.File.FullName);
            var said = result.Outcome switch
            {
                GenerateOutcome.NothingToDo => $"{target.Name}: nothing to do, the migrations build what is declared.",
                GenerateOutcome.Written => $"{target.Name}: wrote {file}. Read it, then `./chat db migrate {target.Name}`.",
                GenerateOutcome.WouldWrite => $"{target.Name}: would write {file}:\n{result.Script}",
                GenerateOutcome.NeedsPermission => $"{target.Name}: {file} is not written, for it would do harm:\n{result.Script}\nGo the way that each mark names, or say --allow-destructive.",
                GenerateOutcome.NotExpressible => $"{target.Name}: nothing is written, for no statement is derived for:\n{string.Join('\n', result.Plan.Refusals)}",
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
