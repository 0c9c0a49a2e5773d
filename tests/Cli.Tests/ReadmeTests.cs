using System.Text.RegularExpressions;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Cli.Tests;

[CollectionDefinition(DisableParallelization = true)]
public sealed class BuildsOfItsOwn;

/// <summary>A change of a schema in the README's words, in a copy of the sources that is built as a newcomer would. By itself: it needs all of the machine.</summary>
[Collection(typeof(BuildsOfItsOwn))]
public sealed partial class ReadmeTests(OwnServers servers) : IClassFixture<OwnServers>, IDisposable
{
    /// <summary>The sources were analysed when they were built, and packages compiled ahead; and one compiler for all projects, wherever the machine says otherwise.</summary>
    private static readonly KeyValuePair<string, string>[] FastBuild =
        [new("RunAnalyzers", "false"), new("CompileReadyToRun", "false"), new("UseSharedCompilation", "true"), new("MSBUILDDISABLENODEREUSE", "0")];

    private readonly DirectoryInfo _copy = Directory.CreateTempSubdirectory("chatapp-readme-");

    public void Dispose() => _copy.Delete(recursive: true);

    [Fact]
    public async Task A_schema_is_changed_in_the_words_of_the_readme()
    {
        var repository = OwnServers.Repository();
        var words = SchemaChange().Match(await File.ReadAllTextAsync(Path.Combine(repository, "README.md"), TestContext.Current.CancellationToken)).Groups["script"].Value;
        Assert.NotEmpty(words);
        var editor = Path.Combine(_copy.FullName, "editor");
        await File.WriteAllTextAsync(
            editor,
            """
            #!/bin/sh
            case $1 in
                *.sql) sed -i 's/^    bio  .*/&\n    pronouns     text,/' "$1" ;;
                *.jsonc) sed -i 's/^  "indexes": \[/&\n    { "key": { "userId": 1, "pinnedAt": -1 }, "name": "pinned" },/' "$1" ;;
            esac
            """,
            TestContext.Current.CancellationToken);
        File.SetUnixFileMode(editor, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        var run = await OwnServers.RunAsync(
            ["bash", "-euo", "pipefail", "-c", $"""(cd '{repository}' && tar c --exclude=./artifacts --exclude=./.local --exclude=./.git .) | tar x; ./chat db up; {words}"""],
            [.. servers.Environment.Where(variable => variable.Key != "CHATAPP_REPOSITORY"), .. FastBuild, new("EDITOR", editor)],
            _copy.FullName);

        Assert.True(run.Code == 0, run.Errors + run.Output);
        Assert.Contains($"V{OwnServers.MigrationsOf("User") + 1}__add_pronouns_to_profiles", run.Output, StringComparison.Ordinal);
        Assert.Contains("AddPinnedToMemberships.cs", run.Output, StringComparison.Ordinal);
        using var indexes = await servers.Mongo.GetDatabase("chat_db").GetCollection<BsonDocument>("memberships").Indexes.ListAsync(TestContext.Current.CancellationToken);
        Assert.Contains("pinned", (await indexes.ToListAsync(TestContext.Current.CancellationToken)).Select(index => index["name"].AsString));
        Assert.Equal(true, await servers.ExecuteAsync(
            "SELECT EXISTS (SELECT FROM information_schema.columns WHERE table_schema = 'users' AND table_name = 'profiles' AND column_name = 'pronouns')", "user_db"));
    }

    [GeneratedRegex(@"<!-- run by tests/Cli\.Tests -->\s*```bash\n(?<script>.*?)```", RegexOptions.Singleline)]
    private static partial Regex SchemaChange();
}
