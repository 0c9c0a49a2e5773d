using System.Diagnostics;

namespace ChatApp.Cli.Tests;

/// <summary>What commands say to a caller who made a mistake, or is no person.</summary>
public sealed class CommandTests : IDisposable
{
    private readonly DirectoryInfo _checkout = Directory.CreateTempSubdirectory("chatapp-cli-");

    public void Dispose() => _checkout.Delete(recursive: true);

    [Fact]
    public async Task Reset_removes_nothing_where_it_can_not_ask()
    {
        var kept = Path.Combine(_checkout.CreateSubdirectory(".local").FullName, "secrets.json");
        await File.WriteAllTextAsync(kept, "{}", TestContext.Current.CancellationToken);

        var (code, errors) = await ChatAsync("reset");

        Assert.Equal(1, code);
        Assert.Equal("chat: there is no terminal to ask at: say --yes to remove all data.\n", errors);
        Assert.True(File.Exists(kept));
        Assert.Equal((0, ""), await ChatAsync("reset", "--yes"));
        Assert.False(File.Exists(kept));
    }

    [Fact]
    public async Task Logs_of_nothing_that_runs_name_the_remedy()
    {
        var (code, errors) = await ChatAsync("logs");

        Assert.Equal(1, code);
        Assert.Equal("chat: nothing is running: start it with `./chat up`.\n", errors);
    }

    [Fact]
    public async Task A_run_file_that_is_missing_is_said_in_one_line()
    {
        var (code, errors) = await ChatAsync("up");

        Assert.Equal(1, code);
        Assert.Matches("^chat: .*/dapr.yaml can't be read: .*\n$", errors);
    }

    private async Task<(int Code, string Errors)> ChatAsync(params string[] arguments)
    {
        using var chat = Process.Start(new ProcessStartInfo("dotnet", [OwnServers.ProgramOf("Cli"), .. arguments])
        {
            WorkingDirectory = _checkout.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["CHATAPP_REPOSITORY"] = _checkout.FullName },
        })!;
        chat.StandardInput.Close();
        _ = chat.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await chat.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await chat.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (chat.ExitCode, errors);
    }
}
