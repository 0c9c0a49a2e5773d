using System.Diagnostics;
using ChatApp.Benchmarks.Meters;

namespace ChatApp.Benchmarks.Tests;

public sealed class MeterTests
{
    [Fact]
    public async Task The_time_and_memory_of_a_process_are_those_of_its_children_too()
    {
        const string script = "(i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done); echo done; read end";
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var cancel = TestContext.Current.CancellationToken;

        Assert.Equal("done", await shell.StandardOutput.ReadLineAsync(cancel));

        var used = ProcessTrees.Processor([shell.Id, Environment.ProcessId]);
        Assert.InRange(used[shell.Id], 10, 60_000);
        Assert.InRange(used[Environment.ProcessId], used[shell.Id], double.MaxValue);
        Assert.InRange(ProcessTrees.Memory([shell.Id])[shell.Id], 0.05, 50);
        Assert.InRange(ProcessTrees.Machine(), used[shell.Id], double.MaxValue);
        shell.StandardInput.Close();
        await shell.WaitForExitAsync(cancel);
    }

    [Fact]
    public void Usage_is_what_was_added_and_what_others_had_besides()
    {
        var before = new Reading(0, Parts(100, 10), Generator: 5, Machine: 1_000);
        var after = new Reading(2 * Stopwatch.Frequency, Parts(400, 110), Generator: 105, Machine: 2_500);

        var usage = after.Since(before);

        Assert.Equal((TimeSpan.FromSeconds(2), 400, 100, 0.5), (usage.Time, usage.All, usage.Generator, usage.Others));
        Assert.Equal(300, usage.Parts["chat"]);

        static Dictionary<string, double> Parts(double chat, double gateway) => new() { ["chat"] = chat, ["gateway"] = gateway };
    }
}
