using ChatApp.Benchmarks.Results;

namespace ChatApp.Benchmarks.Tests;

public sealed class StatisticsTests
{
    [Theory]
    [InlineData(1000, 50, 500)]
    [InlineData(1000, 95, 950)]
    [InlineData(1000, 99, 990)]
    [InlineData(1000, 99.9, 999)]
    [InlineData(1001, 99.9, 1000)]
    [InlineData(10, 99, 10)]
    [InlineData(1, 50, 1)]
    public void A_percentile_is_the_nearest_rank(int count, double p, double expected) =>
        Assert.Equal(expected, Statistics.Percentile([.. Enumerable.Range(1, count).Select(value => (double)value)], p));

    [Theory]
    [InlineData(new[] { 3.0, 1, 2 }, 2)]
    [InlineData(new[] { 4.0, 1, 2, 3 }, 2.5)]
    [InlineData(new[] { 7.0 }, 7)]
    public void The_median_is_in_the_middle(double[] values, double expected) => Assert.Equal(expected, Statistics.Median(values));

    [Theory]
    [InlineData(3, 3, 0.1)]
    [InlineData(3, 5, 2.0 / 56)]
    [InlineData(1, 1, 1)]
    public void Ranges_of_few_values_lie_apart_by_chance(int n, int m, double expected) =>
        Assert.Equal(expected, Statistics.ChanceToLieApart(n, m), 10);

    [Fact]
    public void A_figure_has_a_value_of_each_run()
    {
        var figures = new Figures();
        foreach (var value in (double[])[30, 10, 20])
            figures.Of("send", "16 senders").Add("rate", "/s", value, moreIsBetter: true);
        figures.Of("send", "64 senders").Add("rate", "/s", 5, moreIsBetter: true);

        Assert.Equal([(20, 10, 30), (5, 5, 5)], figures.All.Select(figure => (figure.Median, figure.Min, figure.Max)));
    }
}
