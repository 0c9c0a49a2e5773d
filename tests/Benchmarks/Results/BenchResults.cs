using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Benchmarks.Results;

internal sealed record Machine(string Name, int Cores, string Processor)
{
    public static Machine This { get; } = new(
        Environment.MachineName,
        Environment.ProcessorCount,
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? "");
}

/// <summary>What a benchmark leaves behind, as JSON.</summary>
/// <param name="Notes">What was left out, and what disturbed it.</param>
internal sealed record BenchResults(
    DateTimeOffset At, string Commit, Machine Machine, bool Quick, int Replicas, IReadOnlyList<Figure> Figures, IReadOnlyList<string> Notes)
{
    private static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public void Save(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, JsonSerializer.Serialize(this, Indented));
    }

    /// <exception cref="LaunchException">The file has no results.</exception>
    public static BenchResults Load(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<BenchResults>(File.ReadAllText(path), Indented) ?? throw new JsonException("It is empty.");
        }
        catch (Exception exception) when (exception is IOException or JsonException)
        {
            throw new LaunchException($"{path} has no results of a benchmark: {exception.Message}", exception);
        }
    }

    /// <summary>The commit that is checked out, with a plus when files differ from it; empty outside a repository.</summary>
    public static string CommitOf(string repository)
    {
        string[] describe = ["-C", repository, "describe", "--always", "--dirty=+", "--exclude=*"];
        using var git = Process.Start(new ProcessStartInfo("git", describe) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var commit = git.StandardOutput.ReadToEnd().Trim();
        git.WaitForExit();
        return commit;
    }
}
