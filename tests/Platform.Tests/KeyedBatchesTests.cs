using System.Collections.Concurrent;
using ChatApp.Testing;

namespace ChatApp.Platform.Tests;

public sealed class KeyedBatchesTests
{
    [Fact]
    public async Task Items_of_a_key_keep_their_order_and_none_is_lost_or_doubled()
    {
        var handled = new ConcurrentDictionary<int, ConcurrentQueue<int>>();
        var batches = new KeyedBatches<int, int>(
            async (key, items) =>
            {
                await Task.Yield();
                foreach (var item in items)
                    handled.GetOrAdd(key, _ => []).Enqueue(item);
            },
            maxBatch: 7);

        // Each key has one writer, as order is a thing of one writer; the keys are written side by side.
        await Task.WhenAll(Enumerable.Range(0, 5_000).Select(key => Task.Run(() =>
        {
            for (var item = 0; item < 20; item++)
                batches.Add(key, item);
        })));
        await DrainedAsync(batches);

        Assert.Equal(5_000, handled.Count);
        Assert.All(handled.Values, items => Assert.Equal(Enumerable.Range(0, 20), items));
    }

    [Fact]
    public async Task Many_writers_of_one_key_lose_nothing_and_are_handled_one_batch_at_a_time()
    {
        var (running, atOnce, handled) = (0, 0, new ConcurrentBag<int>());
        var batches = new KeyedBatches<string, int>(
            async (_, items) =>
            {
                atOnce = Math.Max(atOnce, Interlocked.Increment(ref running));
                await Task.Yield();
                foreach (var item in items)
                    handled.Add(item);
                Interlocked.Decrement(ref running);
            },
            maxBatch: 100);

        await Task.WhenAll(Enumerable.Range(0, 16).Select(writer => Task.Run(() =>
        {
            for (var item = 0; item < 2_000; item++)
                batches.Add("key", (writer * 2_000) + item);
        })));
        await DrainedAsync(batches);

        Assert.Equal(1, atOnce);
        Assert.Equal(Enumerable.Range(0, 32_000), handled.Order());
    }

    [Fact]
    public async Task What_waits_becomes_one_batch_of_at_most_the_given_size()
    {
        var gate = new TaskCompletionSource();
        var sizes = new ConcurrentQueue<int>();
        var batches = new KeyedBatches<string, int>(
            async (_, items) =>
            {
                sizes.Enqueue(items.Count);
                await gate.Task;
            },
            maxBatch: 10);

        batches.Add("key", 0);
        await Wait.UntilAsync(() => sizes.Count == 1, "the first item was not handled");
        for (var item = 1; item <= 25; item++)
            batches.Add("key", item);
        Assert.Equal(26, batches.Count);
        gate.SetResult();
        await DrainedAsync(batches);

        Assert.Equal([1, 10, 10, 5], sizes);
    }

    [Fact]
    public async Task A_slow_key_holds_up_no_other()
    {
        var gate = new TaskCompletionSource();
        var others = new CountdownEvent(1_000);
        var batches = new KeyedBatches<int, int>(
            async (key, items) =>
            {
                if (key == 0)
                    await gate.Task;
                else
                    others.Signal(items.Count);
            },
            maxBatch: 10);

        for (var key = 0; key <= 1_000; key++)
            batches.Add(key, 0);
        await Wait.UntilAsync(() => others.IsSet, "other keys waited for the slow one");

        Assert.Equal(1, batches.Count);
        gate.SetResult();
        await DrainedAsync(batches);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_batch_that_fails_holds_up_none_behind_it(bool beforeItsFirstAwait)
    {
        var handled = new ConcurrentQueue<int>();
        var batches = new KeyedBatches<string, int>(
            beforeItsFirstAwait
                ? (_, items) => items[0] == 1 ? throw new InvalidOperationException() : Handle(items)
                : async (_, items) =>
                {
                    await Task.Yield();
                    await (items[0] == 1 ? throw new InvalidOperationException() : Handle(items));
                },
            maxBatch: 1);

        for (var item = 0; item < 4; item++)
            batches.Add("key", item);
        await DrainedAsync(batches);
        batches.Add("key", 4);
        await DrainedAsync(batches);

        Assert.Equal([0, 2, 3, 4], handled);

        Task Handle(IReadOnlyList<int> items)
        {
            handled.Enqueue(items[0]);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public async Task A_key_that_is_idle_costs_nothing()
    {
        var batches = new KeyedBatches<object, int>((_, _) => Task.CompletedTask, maxBatch: 10);
        var keys = AddKeys(batches, 1_000);
        await DrainedAsync(batches);

        await Wait.UntilAsync(
            () =>
            {
                GC.Collect();
                return !keys.Any(key => key.IsAlive);
            },
            "keys are still held after their items were handled");
    }

    /// <summary>Apart, so that no local of the test holds a key.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static List<WeakReference> AddKeys(KeyedBatches<object, int> batches, int count)
    {
        List<WeakReference> keys = [];
        for (var item = 0; item < count; item++)
        {
            var key = new object();
            keys.Add(new WeakReference(key));
            batches.Add(key, item);
        }

        return keys;
    }

    private static Task DrainedAsync<TKey, TItem>(KeyedBatches<TKey, TItem> batches)
        where TKey : notnull => Wait.UntilAsync(() => batches.Count == 0, $"{batches.Count} items were never handled");
}
