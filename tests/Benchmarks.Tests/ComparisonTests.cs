using ChatApp.Benchmarks.Results;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Benchmarks.Tests;

public sealed class ComparisonTests
{
    [Theory]
    [InlineData(new[] { 10.0, 11, 12 }, new[] { 13.0, 14, 15 }, true, "Better")]
    [InlineData(new[] { 10.0, 11, 12 }, new[] { 13.0, 14, 15 }, false, "Worse")]
    [InlineData(new[] { 13.0, 14, 15 }, new[] { 10.0, 11, 12 }, true, "Worse")]
    [InlineData(new[] { 13.0, 14, 15 }, new[] { 10.0, 11, 12 }, false, "Better")]
    [InlineData(new[] { 10.0, 11, 12 }, new[] { 12.0, 14, 15 }, true, "NoDifferenceShown")]
    [InlineData(new[] { 10.0, 11, 30 }, new[] { 12.0, 14, 15 }, true, "NoDifferenceShown")]
    [InlineData(new[] { 0.0, 0, 0 }, new[] { 0.0, 0, 0 }, false, "NoDifferenceShown")]
    [InlineData(new[] { 10.0, 11, 12 }, new[] { 99.0, 98 }, true, "TooFewRuns")]
    [InlineData(new[] { 10.0 }, new[] { 99.0, 98, 97 }, true, "TooFewRuns")]
    public void A_difference_is_shown_where_no_run_of_before_meets_one_of_now(double[] before, double[] now, bool moreIsBetter, string verdict) =>
        Assert.Equal(verdict, new Comparison(Of("rate", before, moreIsBetter), Of("rate", now, moreIsBetter)).Verdict.ToString());

    [Fact]
    public void Only_what_both_have_is_compared()
    {
        var compared = Comparison.Of([Of("rate", [1]), Of("gone", [1])], [Of("rate", [2]), Of("new", [1])]);

        Assert.Equal(("rate", 2.0), Assert.Single(compared.Select(one => (one.Now.Name, one.Ratio))));
    }

    [Fact]
    public void Results_come_back_from_their_file_as_they_were()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("chatapp-bench-").FullName, "results.json");
        var results = new BenchResults(DateTimeOffset.UtcNow, "abc1234", Machine.This, Quick: true, Replicas: 1, [Of("rate", [1.5, 2, 3])], ["a note"]);

        results.Save(path);

        var read = BenchResults.Load(path);
        Assert.Equivalent(results, read, strict: true);
        Directory.Delete(Path.GetDirectoryName(path)!, recursive: true);
    }

    [Fact]
    public void A_file_without_results_is_refused_in_words()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "{");

        Assert.Contains("has no results", Assert.Throws<LaunchException>(() => BenchResults.Load(path)).Message, StringComparison.Ordinal);
        File.Delete(path);
    }

    private static Figure Of(string name, double[] values, bool moreIsBetter = true) =>
        new("send", "16 senders", name, "/s", moreIsBetter, [.. values]);
}
