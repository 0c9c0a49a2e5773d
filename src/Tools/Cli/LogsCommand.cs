using System.CommandLine;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

namespace ChatApp.Cli;

/// <summary><c>chat logs [app]</c>: follows the logs of one part or of all.</summary>
internal static class LogsCommand
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    public static Command Create(StackOptions options)
    {
        var name = new Argument<string?>("app") { Arity = ArgumentArity.ZeroOrOne, Description = "A part's name; all when left out." };
        var command = new Command("logs", "Follow the logs.") { name };
        command.SetAction(async (arguments, ct) =>
        {
            var running = RunState.Load(options) ?? throw new LaunchException("nothing is running: start it with `./chat up`.");
            var wanted = arguments.GetValue(name);
            var parts = running.Parts.Where(part => wanted is null || part.Name == wanted).ToList();
            if (parts.Count == 0)
                throw new LaunchException($"there is no part called {wanted}: it is one of {string.Join(", ", running.Parts.Select(part => part.Name))}.");

            await FollowAsync(parts, fromEnd: false, ct);
            return 0;
        });
        return command;
    }

    /// <summary>Writes new lines, each behind its part's name, until cancelled.</summary>
    public static async Task FollowAsync(IReadOnlyList<Part> parts, bool fromEnd, CancellationToken ct)
    {
        var width = parts.Max(part => part.Name.Length);
        await Task.WhenAll(parts.DistinctBy(part => part.Log).Select(part => FollowAsync(part, width, fromEnd, ct)));
    }

    private static async Task FollowAsync(Part part, int width, bool fromEnd, CancellationToken ct)
    {
        using var file = new FileStream(part.Log, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (fromEnd)
            file.Seek(0, SeekOrigin.End);

        using var reader = new StreamReader(file);
        try
        {
            while (true)
            {
                while (await reader.ReadLineAsync(ct) is { } line)
                    AnsiConsole.MarkupLineInterpolated($"[grey]{part.Name.PadRight(width)}[/] {line}");

                await Task.Delay(Poll, ct);
            }
        }
        catch (OperationCanceledException)
        {
            // Told to stop.
        }
    }
}
