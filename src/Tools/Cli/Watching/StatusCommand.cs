using System.CommandLine;
using System.Globalization;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Telemetry;
using Spectre.Console;

namespace ChatApp.Cli.Watching;

/// <summary><c>chat status</c>: the health of every part, and what waits where, at a glance.</summary>
internal static class StatusCommand
{

    public static Command Create(StackOptions options)
    {
        var json = new Option<bool>("--json") { Description = "Print one JSON document." };
        var command = new Command("status", "Show the health of the running system, and what waits where.") { json };
        command.SetAction(async (arguments, ct) =>
        {
            var running = RunState.Load(options) ?? throw new LaunchException("nothing is running: start it with `./chat up`.");
            var parts = await SystemHealth.AskAsync(options, running, ct);
            var backlogs = await BacklogsAsync(options, ct);
            var ok = parts.All(part => part.Problem is null);
            if (arguments.GetValue(json))
            {
                Say.Json(new { ok, parts, backlogs });
            }
            else
            {
                Show(parts);
                Show(backlogs);
            }

            return ok ? 0 : 1;
        });
        return command;
    }

    private static async Task<IReadOnlyList<Backlog>> BacklogsAsync(StackOptions options, CancellationToken ct)
    {
        using var telemetry = TelemetryClient.Find(options);
        if (telemetry is null)
            return [];

        try
        {
            return Backlog.Of(await telemetry.MeasurementsAsync(ct));
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            Say.Error($"what waits is not known: the telemetry does not answer ({exception.Message}).");
            return [];
        }
    }

    private static void Show(IReadOnlyList<PartHealth> parts)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("part", "pid", "address", "health");
        foreach (var part in parts)
            table.AddRow(part.Name, $"{part.Pid}", part.Address ?? "", part.Problem is { } problem ? $"[red]{Markup.Escape(problem)}[/]" : "[green]ok[/]");
        AnsiConsole.Write(table);
    }

    private static void Show(IReadOnlyList<Backlog> backlogs)
    {
        if (backlogs.Count == 0)
            return;

        var table = new Table().Border(TableBorder.Simple).AddColumns("service", "outbox", "oldest", "to be handled", "handled after", "dead letters", "live streams");
        foreach (var backlog in backlogs)
        {
            table.AddRow(
                backlog.Service, Text(backlog.Outbox), Text(backlog.OldestSeconds, " s"), Text(backlog.Lag), Text(backlog.AgeSeconds, " s"), Text(backlog.DeadLetters), Text(backlog.Streams));
        }

        AnsiConsole.Write(table);
    }

    private static string Text(double? value, string unit = "") => value is { } known ? known.ToString("0.###", CultureInfo.InvariantCulture) + unit : "";
}
