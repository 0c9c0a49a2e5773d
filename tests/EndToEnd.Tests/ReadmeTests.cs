using System.Diagnostics;
using System.Text.RegularExpressions;

namespace ChatApp.EndToEnd.Tests;

[Trait(ChatSystem.Broker, ChatSystem.Any)]
public sealed partial class ReadmeTests(ChatSystem chat)
{
    [Fact]
    public async Task The_first_conversation_works_word_for_word()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(ChatSystem.Repository, "README.md"), TestContext.Current.CancellationToken);
        var script = FirstConversation().Match(readme).Groups["script"].Value;
        var folder = Directory.CreateTempSubdirectory("chatapp-readme");

        var start = new ProcessStartInfo("bash", ["-euo", "pipefail", "-c", script])
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CHATAPP_URL"] = chat.Url.ToString().TrimEnd('/');
        using var bash = Process.Start(start)!;
        var said = bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var complained = await bash.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await bash.WaitForExitAsync(TestContext.Current.CancellationToken);
        folder.Delete(recursive: true);

        Assert.True(bash.ExitCode == 0, $"{complained}\n{await said}");
        // On the stream, in the inbox and in the history.
        Assert.True(Greeting().Count(await said) >= 3, await said);
    }

    [Fact]
    public async Task Every_command_that_the_readme_names_is_there()
    {
        var readme = await File.ReadAllTextAsync(Path.Combine(ChatSystem.Repository, "README.md"), TestContext.Current.CancellationToken);
        var verbs = ChatCommand().Matches(readme).Select(match => match.Groups["verb"].Value).Distinct().ToList();

        using var help = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(ChatSystem.Repository, "artifacts/bin/Cli/release/ChatApp.Cli.dll"), "--help"])
        {
            RedirectStandardOutput = true,
        })!;
        var text = await help.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        Assert.NotEmpty(verbs);
        Assert.All(verbs, verb => Assert.Matches($@"(?m)^\s+{verb}\b", text));
    }

    [GeneratedRegex(@"<!-- run by tests/EndToEnd\.Tests -->\s*```bash\n(?<script>.*?)```", RegexOptions.Singleline)]
    private static partial Regex FirstConversation();

    [GeneratedRegex(@"\./chat (?<verb>[a-z]+)")]
    private static partial Regex ChatCommand();

    [GeneratedRegex("Hello, Bob!")]
    private static partial Regex Greeting();
}
