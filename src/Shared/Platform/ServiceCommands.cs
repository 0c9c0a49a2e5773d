using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.Platform;

/// <summary>What a service's program does in place of serving, when its arguments say so: it works on its own database and ends.</summary>
public static class ServiceCommands
{
    private static readonly string[] Names = ["db", "deadletters", "rebuild", "state"];

    /// <summary>Standard output is then for what the command says, and nothing else.</summary>
    public static bool IsOne(string[] arguments) => arguments is [var name, ..] && Names.Contains(name);

    /// <returns>The exit code: 0 only if all is well.</returns>
    /// <exception cref="StartupException">The command can't be understood, or can't be done.</exception>
    public static async Task<int> RunAsync(
        IServiceProvider services, string[] arguments, TextReader input, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var database = services.GetService<IServiceDatabase>() ?? throw new StartupException("This service has no database.");
        if (DatabaseCommand.IsOne(arguments))
        {
            var command = DatabaseCommand.Parse(arguments);
            return await command.RunAsync(database, output, error, ct, command.Verb == "seed" ? services.GetService<ISeed>() : null, input);
        }

        if ((await database.InspectAsync(ct)).Count(step => step.State is StepState.Pending) is > 0 and var pending)
            throw new StartupException($"database {database.Name} on {database.Server}: {pending} migrations are pending. Apply them with `./chat db migrate {database.Target}`.");

        return arguments[0] switch
        {
            "deadletters" => await DeadLettersAsync(services, database, arguments, output, error, ct),
            "rebuild" => await RebuildCommand.RunAsync(database, services.GetServices<IReadModel>(), arguments, input, output, error, ct),
            "state" => await RebuildCommand.StateAsync(database, services.GetServices<OwnedState>(), arguments, output, ct),
            _ => throw new StartupException($"{arguments[0]} is no command."),
        };
    }

    private static Task<int> DeadLettersAsync(
        IServiceProvider services, IServiceDatabase database, string[] arguments, TextWriter output, TextWriter error, CancellationToken ct)
    {
        var (time, subscriptions) = (services.GetRequiredService<TimeProvider>(), services.GetRequiredService<Subscriptions>());
        if (!subscriptions.Any)
            throw new StartupException($"{database.Target} subscribes to nothing, so it has no dead letters.");

        var letters = services.GetRequiredService<IDeadLetterStore>();
        var command = DeadLetterCommand.Parse(arguments, time);
        Task<int> RunAsync() => command.RunAsync(database, letters, new DeadLetterReplay(letters, subscriptions, time), output, error, ct);
        // What a handler writes is told, here as where events are delivered.
        return command.Verb == "replay" && services.GetService<MongoOutbox>() is { } outbox ? outbox.LeaveToOthersAsync(RunAsync, ct) : RunAsync();
    }
}
