using System.CommandLine;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

namespace ChatApp.Cli;

/// <summary><c>chat reset</c>: removes the data of the local stack.</summary>
internal static class ResetCommand
{
    public static Command Create(StackOptions options)
    {
        var yes = new Option<bool>("--yes", "-y") { Description = "Don't ask." };
        var command = new Command("reset", "Remove every account, message and setting of the local system.") { yes };
        command.SetAction(async (arguments, ct) =>
        {
            if (RunState.Load(options) is { } running && running.Parts.Any(part => part.IsRunning))
                throw new LaunchException("it is running: stop it first with `./chat down`.");

            if (!arguments.GetValue(yes) && Console.IsInputRedirected)
                throw new LaunchException("there is no terminal to ask at: say --yes to remove all data.");
            if (!arguments.GetValue(yes) && !await AnsiConsole.ConfirmAsync($"Remove all data in {options.State}?", defaultValue: false, ct))
                return 1;

            StackData.Delete(options);
            Say.Done("Removed. `./chat up` starts anew.");
            return 0;
        });
        return command;
    }
}
