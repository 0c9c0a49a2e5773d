using System.Globalization;

namespace ChatApp.Benchmarks.Scenarios;

internal static class OpenFiles
{
    /// <summary>What the gateway and the load generator have open besides streams.</summary>
    private const int Others = 1_000;

    /// <summary>How many streams a process can have: .NET takes the hard limit.</summary>
    public static int Most()
    {
        var limit = File.ReadLines("/proc/self/limits").First(line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[4];
        return int.TryParse(limit, CultureInfo.InvariantCulture, out var files) ? files - Others : int.MaxValue;
    }
}
