using ChatApp.Benchmarks.Results;

namespace ChatApp.Benchmarks.Meters;

/// <summary>What the meters say, as figures of a case.</summary>
internal static class MeterFigures
{
    public const string Others = "other processes";

    /// <param name="operation">What one operation is called.</param>
    public static void AddUsage(this CaseFigures into, string operation, Usage usage, double operations)
    {
        into.Add("CPU, all", $"ms/{operation}", usage.All / operations);
        foreach (var (part, milliseconds) in usage.Parts)
            into.Add($"CPU, {part}", $"ms/{operation}", milliseconds / operations);
        into.Add("CPU, load generator", $"ms/{operation}", usage.Generator / operations);
        into.Add(Others, "cores", usage.Others);
    }

    public static void AddShares(this CaseFigures into, Usage usage)
    {
        into.Add("CPU, all", "% of a core", Share(usage.All));
        foreach (var (part, milliseconds) in usage.Parts)
            into.Add($"CPU, {part}", "% of a core", Share(milliseconds));
        into.Add(Others, "cores", usage.Others);

        double Share(double milliseconds) => milliseconds / usage.Time.TotalMilliseconds * 100;
    }

    public static void AddMemory(this CaseFigures into, IReadOnlyDictionary<string, double> memory)
    {
        into.Add("memory, all", "MB", memory.Values.Sum());
        foreach (var (part, megabytes) in memory)
            into.Add($"memory, {part}", "MB", megabytes);
    }

    public static void AddWork(this CaseFigures into, string operation, WorkCounts work, double operations)
    {
        into.Add("store commands", $"/{operation}", (work.Writes + work.Reads) / operations);
        into.Add("store commands that write", $"/{operation}", work.Writes / operations);
        into.Add("documents written", $"/{operation}", work.Documents / operations);
        into.Add("events published", $"/{operation}", work.Published / operations);
        into.Add("events delivered", $"/{operation}", work.Delivered / operations);
    }
}
