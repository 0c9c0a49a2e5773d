using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Launch;
using ChatApp.Platform.Database;

namespace ChatApp.Cli.Databases;

/// <summary>Runs a service's own <c>db</c> command, so that what migrates here is what migrates when the service starts.</summary>
internal sealed class ServiceProgram(StackOptions options, Servers servers)
{
    /// <param name="progress">Hears of each step.</param>
    /// <param name="history">What the program is to read.</param>
    public async Task<Outcome> RunAsync(
        Target target, IReadOnlyList<string> arguments, Action<string> progress, CancellationToken ct, IEnumerable<object>? history = null)
    {
        var program = target.Program(options);
        var start = new ProcessStartInfo("dotnet", [program, "db", .. arguments, "--json"])
        {
            WorkingDirectory = Path.GetDirectoryName(program),
            RedirectStandardInput = history is not null,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in servers.Environment(target))
            start.Environment[name] = value;

        using var process = Process.Start(start)!;
        var told = history is null ? Task.CompletedTask : TellAsync(process.StandardInput, history, ct);
        var document = process.StandardOutput.ReadToEndAsync(ct);
        var last = "";
        while (await process.StandardError.ReadLineAsync(ct) is { } line)
        {
            if (line.Length > 0)
                last = line;
            progress(line);
        }

        await process.WaitForExitAsync(ct);
        await told;
        try
        {
            var report = DatabaseReport.Parse(await document);
            return new Outcome(
                target.Name,
                report.Database ?? target.Database,
                report.Ok && process.ExitCode == 0,
                report.Server,
                report.Version,
                report.Pending,
                [.. report.Done.Select(step => step.Name), .. report.Seeded],
                report.Drift,
                report.Problem);
        }
        catch (JsonException)
        {
            return new Outcome(target.Name, target.Database, Ok: false, Problem: last.Length > 0 ? last : $"{program} ended with exit code {process.ExitCode}.");
        }
    }

    private static Task TellAsync(StreamWriter input, IEnumerable<object> history, CancellationToken ct) => Task.Run(
        async () =>
        {
            try
            {
                foreach (var told in history)
                    await input.WriteLineAsync(EventHistory.Write(told).AsMemory(), ct);
                input.Close();
            }
            catch (IOException)
            {
                // The program has ended, and says why.
            }
        },
        ct);
}
