using System.CommandLine;
using System.Text.Json;
using ChatApp.Cli.Databases;
using ChatApp.LocalStack.Launch;
using ChatApp.Platform.ReadModels;

namespace ChatApp.Cli.ReadModels;

/// <summary>
/// <c>chat rebuild</c>: compares read models with their source and repairs them while the system runs. A copy's service and the owner's each open their own
/// database; what the one says of its state goes to the other through here.
/// </summary>
internal static class RebuildCommand
{
    private static readonly Argument<string> Model = new("model") { Description = $"One of {string.Join(", ", ReadModel.Names)}." };
    private static readonly Argument<string?> Service = new("service") { Arity = ArgumentArity.ZeroOrOne, Description = "The service whose copy is meant; all that have one when left out." };
    private static readonly Option<bool> Check = new("--check") { Description = "Say where it differs, and change nothing." };
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON document." };
    private static readonly Option<string[]> Connection = new("--connection") { Description = "The databases' addresses, as for `chat db`; may be given twice." };

    public static Command Create(StackOptions options)
    {
        var command = new Command("rebuild", "Make a read model anew from its source.") { Model, Service, Check, Json, Connection };
        command.SetAction(async (arguments, ct) =>
        {
            var models = ReadModel.Named(arguments.GetValue(Model)!, arguments.GetValue(Service));
            var targets = models.SelectMany(model => model.Databases).Distinct().ToList();
            Directory.CreateDirectory(options.State);
            await using var servers = await Servers.FindAsync(options, arguments.GetValue(Connection) ?? [], targets, administer: false, Console.Error.WriteLine, ct);
            // Side by side: each waits a while for what may be on its way.
            var reports = await Task.WhenAll(models.Select(model => RunAsync(new ServiceProgram(options, servers), model, arguments.GetValue(Check), ct)));
            return Show(reports, arguments.GetValue(Json));
        });
        return command;
    }

    private static async Task<RebuildReport> RunAsync(ServiceProgram program, ReadModel model, bool check, CancellationToken ct)
    {
        // The owner's state is read after the copies: that is how a wrong copy is told from a newer one.
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        string? problem = null;
        Func<TextWriter, CancellationToken, Task>? input = model.Owner is null ? null : async (to, ended) =>
        {
            await ready.Task.WaitAsync(ended);
            problem = await program.StateAsync(model.Owner, model.State!, to, ended);
        };
        var ran = await program.RunAsync(
            model.Service, ["rebuild", model.Name, .. check ? (string[])["--check"] : []], input, line => { if (line == "ready") ready.TrySetResult(); }, ct);
        try
        {
            return RebuildReport.Parse(ran.Output);
        }
        catch (JsonException)
        {
            return new RebuildReport(model.Service.Name, model.Name, check, Ok: false, 0, 0, [], problem ?? ran.Problem);
        }
    }

    /// <returns>The exit code: 0 if all is, or is now, as its source says.</returns>
    private static int Show(IReadOnlyList<RebuildReport> reports, bool json)
    {
        var ok = reports.All(report => report.Ok);
        if (json)
        {
            Say.Json(new { ok, models = reports });
            return ok ? 0 : 1;
        }

        foreach (var report in reports)
        {
            foreach (var line in report.Drift)
                Console.WriteLine($"{report.Service,-12}  {line}");
            if (report.Problem is { } problem)
                Console.Error.WriteLine($"{report.Service}: {problem}");
            else
                Console.WriteLine($"{report.Service,-12}  {report.Model}: {report.Compared} compared, {report.Drifted} {(report.Check ? "differ" : "repaired")}.");
        }

        return ok ? 0 : 1;
    }
}
