using System.Text.RegularExpressions;

namespace ChatApp.Architecture.Tests;

public sealed partial class SourceTests
{
    private const int MaxLines = 250;

    [Fact]
    public void No_file_is_too_long_to_be_read_at_once() =>
        Assert.DoesNotContain(
            Repository.Sources("src").Select(file => (Name: Repository.Name(file), Lines: File.ReadLines(file).Count())),
            file => file.Lines > MaxLines);

    /// <summary>Values go into SQL as parameters. The local stack may put names into its DDL: there is no other way, and nobody else's text in it.</summary>
    [Fact]
    public void No_sql_is_put_together_from_pieces() =>
        Assert.Empty(Repository.Sources("src/Services").Concat(Repository.Sources("src/Shared"))
            .SelectMany(file => Interpolated().Matches(File.ReadAllText(file))
                .Where(text => Sql().IsMatch(text.Value))
                .Select(text => $"{Repository.Name(file)}: {text.Value}")));

    [Theory]
    [InlineData("$\"SELECT * FROM users WHERE id = {id}\"", true)]
    [InlineData("$\"\"\"\n  DELETE FROM users\n  WHERE id = {id}\n  \"\"\"", true)]
    [InlineData("$$\"\"\"UPDATE users SET name = {{name}}\"\"\"", true)]
    [InlineData("\"SELECT id FROM users WHERE id = @id\"", false)]
    [InlineData("$\"{count} were updated\"", false)]
    public void The_rule_for_sql_sees_what_it_should(string source, bool isSql) =>
        Assert.Equal(isSql, Interpolated().Matches(source).Any(text => Sql().IsMatch(text.Value)));

    [GeneratedRegex("""
        \$+""\"[\s\S]*?""\"|\$@?"(?:[^"\\\n]|\\.)*"
        """)]
    private static partial Regex Interpolated();

    [GeneratedRegex(@"\b(SELECT|INSERT INTO|UPDATE|DELETE FROM|FROM|WHERE|VALUES|CREATE (TABLE|INDEX|SCHEMA)|ALTER TABLE|DROP TABLE)\b")]
    private static partial Regex Sql();
}
