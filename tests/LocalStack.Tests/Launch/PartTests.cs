using ChatApp.LocalStack.Launch;

namespace ChatApp.LocalStack.Tests.Launch;

public sealed class PartTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("chatapp-part");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_part_writes_its_log_and_ends_when_asked()
    {
        var part = Start("echo \"$GREETING\"; exec sleep 60");
        await part.WaitUntilAsync(() => Task.FromResult(part.LastWords() == "hello"), Limit, TestContext.Current.CancellationToken);

        await part.StopAsync(Limit);

        Assert.False(part.IsRunning);
    }

    [Fact]
    public async Task A_part_that_will_not_end_is_ended()
    {
        var part = Start("trap '' TERM; echo hello; while true; do sleep 0.1; done");
        await part.WaitUntilAsync(() => Task.FromResult(part.LastWords() == "hello"), Limit, TestContext.Current.CancellationToken);

        await part.StopAsync(TimeSpan.FromMilliseconds(200));

        Assert.False(part.IsRunning);
    }

    [Fact]
    public async Task A_part_that_dies_while_it_starts_is_reported_with_its_last_words()
    {
        var part = Start("echo 'no database'; exit 1");

        var failed = await Assert.ThrowsAsync<LaunchException>(
            () => part.WaitUntilAsync(() => Task.FromResult(false), Limit, TestContext.Current.CancellationToken));

        Assert.Contains("no database", failed.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_process_with_the_same_number_is_not_the_part()
    {
        var part = Start("exec sleep 60");
        var impostor = part with { StartedAt = part.StartedAt - 1 };

        Assert.False(impostor.IsRunning);
        await impostor.KillAsync();
        Assert.True(part.IsRunning);

        await part.KillAsync();
    }

    private Part Start(string script) => Part.Start(
        "part",
        ["/bin/sh", "-c", script],
        _folder.FullName,
        [new("GREETING", "hello")],
        Path.Combine(_folder.FullName, "part.log"),
        address: null);
}
