using System.Text.RegularExpressions;

namespace ChatApp.Architecture.Tests;

public sealed partial class DocumentTests
{
    private static readonly string Reliability = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reliability.md"));

    [Theory]
    [InlineData("P1")]
    [InlineData("P2")]
    [InlineData("P3")]
    [InlineData("P4")]
    [InlineData("P5")]
    [InlineData("P6")]
    [InlineData("P7")]
    [InlineData("P8")]
    [InlineData("P9")]
    [InlineData("P10")]
    public void Each_promise_names_tests_and_all_that_are_named_are_there(string promise)
    {
        var row = Reliability.Split('\n').Single(line => line.StartsWith($"| {promise} |", StringComparison.Ordinal));
        var tests = NamedTest().Matches(row);

        Assert.NotEmpty(tests);
        Assert.All(tests, test => Assert.True(Exists(test), $"there is no {test.Value}"));
    }

    private static bool Exists(Match test) =>
        Repository.Sources("tests")
            .Where(file => Path.GetFileName(file) == $"{test.Groups["class"].Value}.cs" && file.Contains(test.Groups["project"].Value, StringComparison.Ordinal))
            .Any(file => File.ReadAllText(file).Contains($" {test.Groups["method"].Value}", StringComparison.Ordinal));

    /// <summary><c>Some.Tests/SomeTests.Some_method…</c>: the project where classes have one name, the method where one is meant, an ellipsis for the rest of it.</summary>
    [GeneratedRegex(@"`(?<project>\w+\.Tests)?/?(?<class>\w+Tests)(\.(?<method>\w+)…?)?`")]
    private static partial Regex NamedTest();
}
