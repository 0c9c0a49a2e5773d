namespace ChatApp.Benchmarks.Results;

internal static class Statistics
{
    /// <summary>The nearest rank: a value that was measured, of which at most 100 - p percent are above.</summary>
    public static double Percentile(IReadOnlyList<double> sorted, double p) =>
        sorted[Math.Max(0, (int)Math.Ceiling(Math.Round(p / 100 * sorted.Count, 6)) - 1)];

    public static double Median(IReadOnlyCollection<double> values)
    {
        var sorted = values.Order().ToList();
        return (sorted[(sorted.Count - 1) / 2] + sorted[sorted.Count / 2]) / 2;
    }

    /// <summary>How often n and m values of one and the same distribution lie apart by chance: all of one below all of the other.</summary>
    public static double ChanceToLieApart(int n, int m)
    {
        var orders = 1.0;
        for (var i = 1; i <= m; i++)
            orders *= (double)(n + i) / i;
        return 2 / orders;
    }
}
