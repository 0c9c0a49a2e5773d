using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Serialization;

namespace ChatApp.LocalStack.Launch;

/// <summary>A process of the local stack. It outlives the program that started it, so it is known by its pid and start time, which tell it from a later process with that pid.</summary>
/// <param name="StopSignal">What makes it stop in an orderly way: SIGTERM, or SIGINT for PostgreSQL, whose SIGTERM waits for every client to leave.</param>
public sealed partial record Part(string Name, int Pid, long StartedAt, string? Address, string Log, int StopSignal = Part.Terminate)
{
    private const int Interrupt = 2;
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(50);

    /// <summary>Starts it again, with the same port and data, once it has ended. Known only to the program that started it.</summary>
    [JsonIgnore]
    public Func<CancellationToken, Task<Part>>? StartAgain { get; init; }

    [JsonIgnore]
    public bool IsRunning => StartTimeOf(Pid) == StartedAt;

    /// <summary>Starts a program in a session of its own (Ctrl+C is for the launcher alone), its output appended to a log.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">The working directory.</param>
    /// <param name="environment">What is set besides this process's own environment; null takes a variable away.</param>
    public static Part Start(
        string name, IReadOnlyList<string> command, string folder, IEnumerable<KeyValuePair<string, string?>> environment, string log, string? address)
    {
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = folder, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("log=$1; shift; exec setsid \"$@\" </dev/null >>\"$log\" 2>&1");
        start.ArgumentList.Add(name);
        start.ArgumentList.Add(log);
        foreach (var word in command)
            start.ArgumentList.Add(word);
        foreach (var (key, value) in environment)
            start.Environment[key] = value;

        return Run();

        Part Run()
        {
            using var process = Process.Start(start)!;
            return new Part(name, process.Id, StartTimeOf(process.Id) ?? 0, address, log) { StartAgain = _ => Task.FromResult(Run()) };
        }
    }

    /// <summary>A PostgreSQL server that runs already.</summary>
    public static Part Server(string name, int pid, string? address, string log) => new(name, pid, StartTimeOf(pid) ?? 0, address, log, Interrupt);

    /// <summary>Asks the process to end, and ends it when it does not within <paramref name="patience"/>.</summary>
    public async Task StopAsync(TimeSpan patience)
    {
        Signal(StopSignal);
        if (await EndsWithinAsync(patience))
            return;

        Signal(Kill);
        await EndsWithinAsync(patience);
    }

    /// <summary>Ends the process at once, as a crash would (SIGKILL).</summary>
    public async Task KillAsync()
    {
        Signal(Kill);
        await EndsWithinAsync(TimeSpan.FromSeconds(5));
    }

    /// <summary>Holds the process still, as a machine that is out of memory or time would, until <see cref="Thaw"/>.</summary>
    public void Freeze() => Signal(Stop);

    public void Thaw() => Signal(Continue);

    /// <exception cref="LaunchException">The process ended, or the condition was not met within <paramref name="limit"/>.</exception>
    public async Task WaitUntilAsync(Func<Task<bool>> condition, TimeSpan limit, CancellationToken ct)
    {
        var waited = Stopwatch.StartNew();
        while (!await condition())
        {
            if (!IsRunning)
                throw new LaunchException($"{Name} ended while it started. Its last words ({Log}):\n{LastWords()}");
            if (waited.Elapsed > limit)
                throw new LaunchException($"{Name} was not ready after {limit.TotalSeconds} s. Its last words ({Log}):\n{LastWords()}");

            await Task.Delay(Poll, ct);
        }
    }

    /// <summary>Why it ended, as far as its log tells: the critical line if there is one, else the last few.</summary>
    public string LastWords()
    {
        try
        {
            var lines = File.ReadLines(Log).TakeLast(50).ToList();
            return lines.FindLast(line => line.Contains(" crit: ", StringComparison.Ordinal)) ?? string.Join('\n', lines.TakeLast(5));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private void Signal(int signal)
    {
        if (IsRunning)
            _ = SendSignal(Pid, signal);
    }

    private async Task<bool> EndsWithinAsync(TimeSpan patience)
    {
        var deadline = Stopwatch.StartNew();
        while (IsRunning)
        {
            if (deadline.Elapsed > patience)
                return false;

            await Task.Delay(Poll);
        }

        return true;
    }

    /// <summary>Field 22 of <c>/proc/pid/stat</c> (proc(5)), in clock ticks since boot; null for a process that has ended.</summary>
    private static long? StartTimeOf(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] == "Z" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);
}
