using System.CommandLine;
using System.Text.Json;
using ChatApp.Cli.Databases;
using ChatApp.LocalStack.Launch;
using ChatApp.Platform.Messaging;

namespace ChatApp.Cli.Messaging;

/// <summary><c>chat deadletters</c>: what the services could not handle. Each service keeps and replays its own.</summary>
internal static class DeadLettersCommand
{
    private static readonly Argument<string?> Service = new("service")
    {
        Arity = ArgumentArity.ZeroOrOne,
        Description = $"{string.Join(", ", Target.Hearing.Select(target => target.Name))}; all when left out.",
    };

    private static readonly Option<string?> Topic = new("--topic") { Description = "Only those of this topic." };
    private static readonly Option<string?> Type = new("--type") { Description = "Only those of this event type." };
    private static readonly Option<string?> Since = new("--since") { Description = "Only those that died since: 30m, 2h, 7d, or a time." };
    private static readonly Option<string?> Id = new("--id") { Description = "Only this letter." };
    private static readonly Option<bool> All = new("--all") { Description = "For list and show: replayed ones too. For replay and discard: every one that waits." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document." };
    private static readonly Option<string[]> Connection = new("--connection") { Description = "The database's address, as for `chat db`; may be given twice." };

    public static Command Create(StackOptions options) => new("deadletters", "Look at the events that could not be handled, and handle them after all.")
    {
        Verb(options, "list", "One line for each letter that waits."),
        Verb(options, "show", "The letters in full, the events in them too."),
        Verb(options, "replay", "Hand the events to the handlers that they were meant for; safe to repeat."),
        Verb(options, "discard", "Delete the letters."),
    };

    private static Command Verb(StackOptions options, string verb, string description)
    {
        var command = new Command(verb, description) { Service, Topic, Type, Since, Id, All, Json, Connection };
        command.SetAction(async (arguments, ct) =>
        {
            var service = arguments.GetValue(Service);
            var targets = service is null ? Target.Hearing : Target.Named(service);
            Directory.CreateDirectory(options.State);
            await using var servers = await Servers.FindAsync(options, arguments.GetValue(Connection) ?? [], targets, administer: false, Console.Error.WriteLine, ct);
            var reports = new List<DeadLetterReport>();
            foreach (var target in targets)
                reports.Add(await RunAsync(new ServiceProgram(options, servers), target, verb, Arguments(arguments), ct));

            // A letter that is named is in one of them.
            if (service is null && arguments.GetValue(Id) is not null && reports.Exists(report => report.Letters.Count > 0))
                reports.RemoveAll(report => report.Letters.Count == 0);
            return Show(verb, reports, arguments.GetValue(Json));
        });
        return command;
    }

    private static List<string> Arguments(ParseResult arguments)
    {
        var passedOn = new List<string>();
        foreach (var option in (Option<string?>[])[Topic, Type, Since, Id])
        {
            if (arguments.GetValue(option) is { } value)
                passedOn.AddRange([option.Name, value]);
        }

        if (arguments.GetValue(All))
            passedOn.Add(All.Name);
        return passedOn;
    }

    private static async Task<DeadLetterReport> RunAsync(ServiceProgram program, Target target, string verb, List<string> arguments, CancellationToken ct)
    {
        var ran = await program.RunAsync(target, ["deadletters", verb, .. arguments, "--json"], input: null, _ => { }, ct);
        try
        {
            return DeadLetterReport.Parse(ran.Output);
        }
        catch (JsonException)
        {
            return new DeadLetterReport(target.Name, verb, Ok: false, More: false, [], ran.Problem);
        }
    }

    /// <returns>The exit code: 0 only if all is well.</returns>
    private static int Show(string verb, List<DeadLetterReport> reports, bool json)
    {
        var ok = reports.TrueForAll(report => report.Ok);
        if (json)
        {
            Say.Json(new { command = verb, ok, services = reports.Select(report => JsonSerializer.Deserialize<JsonElement>(report.ToJson())) });
            return ok ? 0 : 1;
        }

        foreach (var report in reports)
        {
            foreach (var line in report.Letters)
                Console.WriteLine($"{report.Service,-12}  {(verb == "show" ? line.InFull() : line.ToString())}");
            if (report.More)
                Console.Error.WriteLine($"{report.Service}: the first {report.Letters.Count}; there are more.");
            if (report.Problem is { } problem)
                Console.Error.WriteLine($"{report.Service}: {problem}");
        }

        return ok ? 0 : 1;
    }
}
