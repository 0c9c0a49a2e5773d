using System.CommandLine;
using System.Diagnostics;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

namespace ChatApp.Cli;

/// <summary><c>chat up</c>: starts everything, shows the logs, stops everything on Ctrl+C.</summary>
internal static class UpCommand
{
    public static Command Create(StackOptions options)
    {
        var detach = new Option<bool>("--detach", "-d") { Description = "Return when all is ready; `./chat down` stops it." };
        var replicas = new Option<int>("--replicas") { Description = "Processes of each service.", DefaultValueFactory = _ => 1 };
        replicas.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 1 or > 10)
                given.AddError("--replicas is a number from 1 to 10.");
        });
        var broker = new Option<string?>("--broker") { Description = "The broker, in place of the one that dapr.yaml names (or CHATAPP_BROKER)." };
        broker.AcceptOnlyFromAmong([.. MessageBroker.Names]);
        var command = new Command("up", "Start the whole system on this machine.") { detach, broker, replicas };
        command.SetAction(async (arguments, ct) =>
        {
            var started = Stopwatch.StartNew();
            var wanted = options with { Broker = arguments.GetValue(broker) ?? options.Broker, Replicas = arguments.GetValue(replicas) };
            var system = await Say.WhileAsync("starting", progress => RunningSystem.StartAsync(wanted, progress, ct));
            Show(system, started.Elapsed);
            return arguments.GetValue(detach) ? 0 : await FollowAsync(system, options, ct);
        });
        return command;
    }

    private static void Show(RunningSystem system, TimeSpan took)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("part", "pid", "address", "log").Expand();
        foreach (var part in system.Parts)
            table.AddRow(part.Name, $"{part.Pid}", part.Address ?? "", Path.GetRelativePath(Directory.GetCurrentDirectory(), part.Log));

        AnsiConsole.Write(table);
        Say.Done($"ChatApp is ready at {system.Gateway} ({took.TotalSeconds:0.0} s)");
        Say.Line($"""

            Sign up, then talk (the README has the whole conversation):

              curl -s {system.Gateway}api/auth/register -H 'Content-Type: application/json' \
                -d '{"{"}"email":"alice@example.com","username":"alice","password":"correct horse battery"{"}"}'

            API: {system.Gateway}openapi/v1.json   Stop: Ctrl+C or ./chat down   Logs: ./chat logs [app]
            """);
    }

    private static async Task<int> FollowAsync(RunningSystem system, StackOptions options, CancellationToken ct)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var following = LogsCommand.FollowAsync(system.Parts, fromEnd: true, ended.Token);
        var code = await WatchAsync(system, options, ct);
        await ended.CancelAsync();
        await following;
        return code;
    }

    private static async Task<int> WatchAsync(RunningSystem system, StackOptions options, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(500));
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                // `chat down` in another terminal.
                if (RunState.Load(options) is null or { Stopping: true })
                    return 0;

                if (system.FindEnded() is { } part)
                {
                    Say.Error($"{part.Name} ended. Its last words ({part.Log}):\n{part.LastWords()}\nThe rest is stopped; start again with ./chat up.");
                    await system.StopAsync();
                    return 1;
                }
            }
        }
        catch (OperationCanceledException)
        {
            await Say.WhileAsync("stopping", async progress =>
            {
                await system.StopAsync();
                return 0;
            });
        }

        return 0;
    }
}
