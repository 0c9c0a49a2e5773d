using System.Globalization;

namespace ChatApp.Benchmarks.Meters;

/// <summary>What processes use, their children included, as proc(5) tells it.</summary>
internal static class ProcessTrees
{
    /// <summary>USER_HZ is 100 on every Linux that .NET runs on.</summary>
    private const double MillisecondsPerTick = 10;

    /// <summary>Processor time in milliseconds, that of children that have ended too.</summary>
    public static IReadOnlyDictionary<int, double> Processor(IEnumerable<int> roots)
    {
        var all = ReadAll();
        return roots.ToDictionary(root => root, root => Tree(root, all).Sum(process => process.Milliseconds));
    }

    /// <summary>The proportional set size in MB: memory that several processes share counts in parts.</summary>
    public static IReadOnlyDictionary<int, double> Memory(IEnumerable<int> roots)
    {
        var all = ReadAll();
        return roots.ToDictionary(root => root, root => Tree(root, all).Sum(process => Pss(process.Pid)));
    }

    /// <summary>What the whole machine has worked, in milliseconds; time that its host took from it included.</summary>
    public static double Machine()
    {
        // user nice system idle iowait irq softirq steal
        var ticks = Words(File.ReadLines("/proc/stat").First())[1..9].Select(Number).ToArray();
        return (ticks.Sum() - ticks[3] - ticks[4]) * MillisecondsPerTick;
    }

    private static IEnumerable<(int Pid, double Milliseconds)> Tree(int root, ILookup<int, (int Pid, double Milliseconds)> byParent)
    {
        var waiting = new Queue<(int Pid, double Milliseconds)>(byParent.SelectMany(children => children).Where(process => process.Pid == root));
        while (waiting.TryDequeue(out var process))
        {
            yield return process;
            foreach (var child in byParent[process.Pid])
                waiting.Enqueue(child);
        }
    }

    /// <summary>All processes of the machine, by their parents.</summary>
    private static ILookup<int, (int Pid, double Milliseconds)> ReadAll() =>
        Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0)
            .Select(pid => (Pid: pid, Stat: Read($"/proc/{pid}/stat")))
            .Where(process => process.Stat.Length > 0)
            .Select(process => (process.Pid, Fields: process.Stat[(process.Stat.LastIndexOf(')') + 2)..].Split(' ')))
            // utime, stime, cutime and cstime
            .ToLookup(
                process => (int)Number(process.Fields[1]),
                process => (process.Pid, process.Fields[11..15].Sum(Number) * MillisecondsPerTick));

    private static double Pss(int pid) =>
        Read($"/proc/{pid}/smaps_rollup").Split('\n').FirstOrDefault(line => line.StartsWith("Pss:", StringComparison.Ordinal)) is { } line
            ? Number(Words(line)[1]) / 1024
            : 0;

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Empty for a process that has just ended.</summary>
    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
