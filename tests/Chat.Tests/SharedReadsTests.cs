using ChatApp.Chat.Messages;
using ChatApp.Testing;

namespace ChatApp.Chat.Tests;

public sealed class SharedReadsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_that_is_never_answered_fails_for_all_who_wait_and_the_next_reads_anew()
    {
        var count = 0;
        var reads = new SharedReads<int, int>(
            async (_, ct) =>
            {
                if (++count == 1)
                    await Task.Delay(Timeout.InfiniteTimeSpan, ct);
                return count;
            },
            new FastClock(100));
        Task<int>[] waiting = [reads.GetAsync(7), reads.GetAsync(7)];

        foreach (var read in waiting)
            await Assert.ThrowsAsync<TimeoutException>(() => read);
        Assert.Equal(2, await reads.GetAsync(7).WaitAsync(Cancel));
    }
}
