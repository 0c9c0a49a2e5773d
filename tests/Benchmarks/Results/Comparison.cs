namespace ChatApp.Benchmarks.Results;

internal enum Verdict
{
    /// <summary>The runs of before and now overlap.</summary>
    NoDifferenceShown,
    TooFewRuns,
    Better,
    Worse,
}

/// <summary>A figure of before and the same of now.</summary>
internal sealed record Comparison(Figure Before, Figure Now)
{
    /// <summary>With fewer, ranges lie apart by chance too often.</summary>
    public const int LeastRuns = 3;

    public double Ratio => Now.Median / Before.Median;

    public Verdict Verdict => this switch
    {
        _ when Before.Values.Count < LeastRuns || Now.Values.Count < LeastRuns => Verdict.TooFewRuns,
        _ when Now.Min <= Before.Max && Before.Min <= Now.Max => Verdict.NoDifferenceShown,
        _ => Now.Median > Before.Median == Now.MoreIsBetter ? Verdict.Better : Verdict.Worse,
    };

    /// <summary>Of what both have.</summary>
    public static IReadOnlyList<Comparison> Of(IEnumerable<Figure> before, IEnumerable<Figure> now)
    {
        var known = before.ToDictionary(Key);
        return [.. now.Where(figure => known.ContainsKey(Key(figure))).Select(figure => new Comparison(known[Key(figure)], figure))];
    }

    private static (string, string, string) Key(Figure figure) => (figure.Scenario, figure.Case, figure.Name);
}
