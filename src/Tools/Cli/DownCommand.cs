using System.CommandLine;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli;

/// <summary><c>chat down</c>: stops what <c>chat up</c> started, wherever that was called.</summary>
internal static class DownCommand
{
    public static Command Create(StackOptions options)
    {
        var command = new Command("down", "Stop the system; its data stays.");
        command.SetAction(async (_, _) =>
        {
            if (RunState.Load(options) is not { } running)
            {
                Say.Line("Nothing is running.");
                return 0;
            }

            await Say.WhileAsync("stopping", async progress =>
            {
                await running.StopAsync(options, progress);
                return 0;
            });
            Say.Done("Stopped; the data stays in .local/ (`./chat reset` removes it).");
            return 0;
        });
        return command;
    }
}
