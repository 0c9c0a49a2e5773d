using System.Text.RegularExpressions;
using ChatApp.Testing;

namespace ChatApp.Cli.Tests;

[Collection(typeof(SetUpServers))]
public sealed partial class DiagramTests(OwnServers servers)
{
    private static readonly string[] Databases = ["auth_db", "user_db", "chat_db", "notification_db"];

    [Fact]
    public async Task The_pages_in_the_docs_are_what_the_live_databases_look_like()
    {
        await servers.UpAsync();

        var run = await servers.DbAsync("diagram", "--json");

        Assert.True(run.Code == 0, run.Errors);
        foreach (var database in Databases)
        {
            var drawn = await File.ReadAllTextAsync(Path.Combine(servers.Checkout, "docs", "data", $"{database}.md"), TestContext.Current.CancellationToken);
            Assert.True(drawn == Page(database), $"docs/data/{database}.md is out of date: draw it again with `./chat db diagram`.");
        }

        Assert.All((await servers.DbAsync("diagram", "--json")).Json.GetProperty("services").EnumerateArray(), service => Assert.Empty(service.GetProperty("done").EnumerateArray()));
    }

    [Theory]
    [InlineData("auth_db")]
    [InlineData("user_db")]
    [InlineData("chat_db")]
    [InlineData("notification_db")]
    public void Every_index_has_its_purpose_in_the_docs_and_none_is_made_up(string database)
    {
        var rows = Row().Matches(Page(database)).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["is"].Value);
        var named = HotQueries.IndexesOf(database).Concat(HotQueries.GuardsOf(database)).ToHashSet();

        Assert.Empty(rows.Where(row => !row.Value.StartsWith("CHECK", StringComparison.Ordinal) && !row.Value.StartsWith("FOREIGN", StringComparison.Ordinal))
            .Select(row => row.Key).Except(named));
        Assert.Empty(named.Except(rows.Keys));
    }

    private static string Page(string database) => File.ReadAllText(Path.Combine(OwnServers.Repository(), "docs", "data", $"{database}.md"));

    [GeneratedRegex(@"^\| `[^`]+` \| `(?<name>(?!validator|view)[^`]+)` \| `(?<is>.*)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
