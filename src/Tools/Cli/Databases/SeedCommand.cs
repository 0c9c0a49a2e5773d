using System.CommandLine;
using System.Globalization;
using ChatApp.Cli.Demonstration;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.Databases;

/// <summary><c>chat db seed</c>: demonstration data for all services, which agree because each is told the same history.</summary>
internal static class SeedCommand
{
    private const int MaxUsers = 100_000;
    private const int MaxMessages = 10_000_000;

    public static Command Create(StackOptions options, Argument<string?> target, Option<string[]> connection, Option<bool> json, Option<bool> dryRun)
    {
        var users = new Option<int>("--users") { Description = "How many people there are.", DefaultValueFactory = _ => 100 };
        var messages = new Option<int>("--messages") { Description = "How many messages they have written.", DefaultValueFactory = _ => 10_000 };
        var until = new Option<string?>("--until") { Description = "The day on which the history ends, as yyyy-mm-dd; today when left out. The same numbers and day make the same data." };
        var force = new Option<bool>("--force") { Description = "Store it in databases too that hold other data." };
        var command = new Command("seed", "Store demonstration data; safe to repeat.") { target, users, messages, until, force, connection, json, dryRun };
        command.SetAction((arguments, ct) => new DbRun(
            options,
            "seed",
            Target.Named(arguments.GetValue(target)),
            arguments.GetValue(connection) ?? [],
            arguments.GetValue(dryRun),
            arguments.GetValue(json),
            Version: null)
        {
            Force = arguments.GetValue(force),
            History = new DemoHistory(
                Within("--users", arguments.GetValue(users), 2, MaxUsers), Within("--messages", arguments.GetValue(messages), 0, MaxMessages), Day(arguments.GetValue(until))),
        }.RunAsync(ct));
        return command;
    }

    private static int Within(string option, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new LaunchException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}, but must be from {least:N0} to {most:N0}."));

    private static DateTimeOffset Day(string? day) => day is null
        ? new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero)
        : DateTimeOffset.TryParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var parsed)
            ? parsed
            : throw new LaunchException($"--until is '{day}', which is no day: write it as 2026-12-31.");
}
