namespace ChatApp.Platform.Tests;

public sealed class ExpiringCacheTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    private int _asked;

    [Fact]
    public async Task Those_who_ask_at_the_same_time_share_one_answer()
    {
        var gate = new TaskCompletionSource();
        using var cache = new ExpiringCache<string, string>(Long, 10, async key =>
        {
            Interlocked.Increment(ref _asked);
            await gate.Task;
            return key.ToUpperInvariant();
        });

        var answers = Task.WhenAll(Enumerable.Range(0, 10).Select(_ => cache.GetAsync("a")));
        gate.SetResult();

        Assert.All(await answers, answer => Assert.Equal("A", answer));
        Assert.Equal("A", await cache.GetAsync("a"));
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task An_answer_is_asked_for_again_when_its_time_is_over()
    {
        using var cache = new ExpiringCache<string, string>(TimeSpan.FromMilliseconds(50), 10, _ => Counted());
        var deadline = DateTime.UtcNow.AddSeconds(10);

        while (await cache.GetAsync("a") == "1")
            Assert.True(DateTime.UtcNow < deadline);

        Assert.Equal(2, _asked);
    }

    [Fact]
    public async Task What_is_forgotten_is_asked_for_again_even_while_it_is_on_its_way()
    {
        var gates = new Queue<TaskCompletionSource<string?>>([new(), new()]);
        var (old, fresh) = (gates.First(), gates.Last());
        using var cache = new ExpiringCache<string, string>(Long, 10, _ => gates.Dequeue().Task);

        var before = cache.GetAsync("a");
        cache.Forget("a");
        var after = cache.GetAsync("a");
        fresh.SetResult("new");
        old.SetResult("old");

        Assert.Equal(("old", "new", "new"), (await before, await after, await cache.GetAsync("a")));
    }

    [Fact]
    public async Task What_is_not_there_or_could_not_be_had_is_asked_for_again()
    {
        var answers = new Queue<Func<Task<string?>>>([() => throw new InvalidOperationException(), () => Task.FromResult<string?>(null), Counted]);
        using var cache = new ExpiringCache<string, string>(Long, 10, _ => answers.Dequeue()());

        await Assert.ThrowsAsync<InvalidOperationException>(() => cache.GetAsync("a"));
        Assert.Null(await cache.GetAsync("a"));
        Assert.Equal("1", await cache.GetAsync("a"));
    }

    private Task<string?> Counted() => Task.FromResult<string?>((++_asked).ToString(System.Globalization.CultureInfo.InvariantCulture));
}
