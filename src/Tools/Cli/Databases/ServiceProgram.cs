using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Launch;
using ChatApp.Platform.Database;

namespace ChatApp.Cli.Databases;

/// <summary>Runs a service's own program, so that what migrates here is what migrates when the service starts, and a service's data is touched by its own code alone.</summary>
internal sealed class ServiceProgram(StackOptions options, Servers servers)
{
    /// <summary>Its <c>db</c> command.</summary>
    /// <param name="progress">Hears of each step.</param>
    /// <param name="history">What the program is to read.</param>
    /// <param name="connection">Another database than the target's.</param>
    public async Task<Outcome> RunAsync(
        Target target, IReadOnlyList<string> arguments, Action<string> progress, CancellationToken ct, IEnumerable<object>? history = null, string? connection = null)
    {
        Func<TextWriter, CancellationToken, Task>? input = history is null ? null : (to, ended) => TellAsync(to, history, ended);
        var ran = await RunAsync(target, ["db", .. arguments, "--json"], input, progress, ct, connection);
        try
        {
            var report = DatabaseReport.Parse(ran.Output);
            return new Outcome(
                target.Name,
                report.Database ?? target.Database,
                report.Ok && ran.ExitCode == 0,
                report.Server,
                report.Version,
                report.Pending,
                [.. report.Done.Select(step => step.Name)],
                report.Drift,
                report.Problem);
        }
        catch (JsonException)
        {
            return new Outcome(target.Name, target.Database, Ok: false, Problem: ran.Problem);
        }
    }

    /// <param name="input">Writes what the program reads, until that has ended; null when it reads nothing.</param>
    /// <param name="progress">Hears what the program says on its standard error.</param>
    /// <param name="connection">Another database than the target's.</param>
    public async Task<Ran> RunAsync(
        Target target,
        IReadOnlyList<string> arguments,
        Func<TextWriter, CancellationToken, Task>? input,
        Action<string> progress,
        CancellationToken ct,
        string? connection = null)
    {
        var start = Start(target, arguments, reads: input is not null);
        if (connection is not null)
            start.Environment[$"ConnectionStrings__{target.Name}"] = connection;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(ct);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var writing = input is null ? Task.CompletedTask : Task.Run(() => WriteAsync(process.StandardInput, input, ended.Token), ct);
        var last = "";
        while (await process.StandardError.ReadLineAsync(ct) is { } line)
        {
            if (line.Length > 0)
                last = line;
            progress(line);
        }

        await ended.CancelAsync();
        await writing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await process.WaitForExitAsync(ct);
        return new Ran(process.ExitCode, await output, last.Length > 0 ? last : $"{target.Program(options)} ended with exit code {process.ExitCode}.");
    }

    /// <summary>Its <c>state</c> command, line by line: there may be much of it.</summary>
    /// <returns>What is wrong; null when it said everything.</returns>
    public async Task<string?> StateAsync(Target target, string name, TextWriter to, CancellationToken ct)
    {
        using var process = Process.Start(Start(target, ["state", name], reads: false))!;
        var errors = process.StandardError.ReadToEndAsync(ct);
        while (await process.StandardOutput.ReadLineAsync(ct) is { } line)
            await to.WriteLineAsync(line.AsMemory(), ct);

        await process.WaitForExitAsync(ct);
        return process.ExitCode == 0 ? null : (await errors).Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault();
    }

    private static async Task TellAsync(TextWriter to, IEnumerable<object> history, CancellationToken ended)
    {
        foreach (var told in history)
            await to.WriteLineAsync(EventHistory.Write(told).AsMemory(), ended);
    }

    private static async Task WriteAsync(TextWriter to, Func<TextWriter, CancellationToken, Task> input, CancellationToken ended)
    {
        await using (to)
            await input(to, ended);
    }

    private ProcessStartInfo Start(Target target, IReadOnlyList<string> arguments, bool reads)
    {
        var program = target.Program(options);
        var start = new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            RedirectStandardInput = reads,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in servers.Environment(target))
            start.Environment[name] = value;
        return start;
    }
}

/// <summary>How a service's program ended.</summary>
/// <param name="Problem">Its last words, for when it did not do what it should.</param>
internal sealed record Ran(int ExitCode, string Output, string Problem);
