using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ChatApp.LocalStack.Postgres;

/// <summary>Programs of the machine.</summary>
internal static partial class Tool
{
    public static bool IsRoot { get; } = Environment.UserName == "root" || GetEffectiveUser() == 0;

    public static bool Exists(string program) => PathOf(program) is not null;

    public static string? PathOf(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Append("/usr/sbin").Append("/usr/bin").Append("/bin")
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    /// <summary>Runs to the end; the output is both of its streams.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string[] command, CancellationToken ct, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = folder ?? "/",
            Environment = { ["LC_ALL"] = "C" },
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        using var process = Start(start);
        process.StandardInput.Close();
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(ct);
            var errors = process.StandardError.ReadToEndAsync(ct);
            await process.WaitForExitAsync(ct);
            return (process.ExitCode, await output + await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    public static async Task<string> MustRunAsync(
        string[] command, string failure, CancellationToken ct, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var (exitCode, output) = await RunAsync(command, ct, folder, environment);
        return exitCode == 0 ? output : throw new StoreException($"{failure}: {LastLine(output)}");
    }

    public static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new StoreException($"{start.FileName} can't be started: {e.Message}");
        }
    }

    public static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).LastOrDefault() ?? "it said nothing";

    public static void Signal(int processId, PosixSignal signal) => _ = Kill(processId, signal switch
    {
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGQUIT => 3,
        _ => 15,
    });

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUser();
}
