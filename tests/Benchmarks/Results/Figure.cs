namespace ChatApp.Benchmarks.Results;

/// <summary>One figure of one case, a value for each run.</summary>
internal sealed record Figure(string Scenario, string Case, string Name, string Unit, bool MoreIsBetter, List<double> Values)
{
    public double Median => Statistics.Median(Values);

    public double Min => Values.Min();

    public double Max => Values.Max();
}

/// <summary>All figures of a benchmark, in the order in which they came.</summary>
internal sealed class Figures
{
    private readonly Dictionary<(string Scenario, string Case, string Name), Figure> _byName = [];
    private readonly List<Figure> _all = [];

    public IReadOnlyList<Figure> All => _all;

    public CaseFigures Of(string scenario, string @case) => new(this, scenario, @case);

    internal void Add(string scenario, string @case, string name, string unit, double value, bool moreIsBetter)
    {
        if (!_byName.TryGetValue((scenario, @case, name), out var figure))
        {
            _byName[(scenario, @case, name)] = figure = new Figure(scenario, @case, name, unit, moreIsBetter, []);
            _all.Add(figure);
        }

        figure.Values.Add(Math.Round(value, 4));
    }
}

/// <summary>Takes the figures of one case. A name that comes again is another run.</summary>
internal readonly record struct CaseFigures(Figures Figures, string Scenario, string Case)
{
    public void Add(string name, string unit, double value, bool moreIsBetter = false) =>
        Figures.Add(Scenario, Case, name, unit, value, moreIsBetter);
}
