using System.CommandLine;
using ChatApp.Cli;
using ChatApp.Cli.Databases;
using ChatApp.Cli.Messaging;
using ChatApp.Cli.ReadModels;
using ChatApp.Cli.Watching;
using ChatApp.LocalStack.Launch;
using Spectre.Console;

// The `chat` script at the repository's root says where that is.
var repository = Environment.GetEnvironmentVariable("CHATAPP_REPOSITORY") ?? Directory.GetCurrentDirectory();
var options = StackOptions.Default(repository);

// A file or a pipe has no width to fit: a table cut at eighty columns is of no use there.
if (Console.IsOutputRedirected)
    AnsiConsole.Profile.Width = 200;

var root = new RootCommand("ChatApp: run it, look at it, test it.")
{
    UpCommand.Create(options),
    DownCommand.Create(options),
    LogsCommand.Create(options),
    ResetCommand.Create(options),
    StatusCommand.Create(options),
    TraceCommand.Create(options),
    TestCommand.Create(options),
    BenchCommand.Create(options),
    DbCommand.Create(options),
    DeadLettersCommand.Create(options),
    RebuildCommand.Create(options),
    AsyncApiCommand.Create(options),
    EnvCommand.Create(options),
    ImagesCommand.Create(options),
};

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromMinutes(2) });
}
catch (LaunchException exception)
{
    Say.Error(exception.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
