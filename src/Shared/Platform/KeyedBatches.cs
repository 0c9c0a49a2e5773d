using System.Collections.Concurrent;

namespace ChatApp.Platform;

/// <summary>
/// Handles the items of one key in order, and those that wait together as one batch; different keys run side by side. A key costs nothing while it is idle.
/// </summary>
/// <param name="handle">Handles a batch. It must deal with its own failures: what it throws is lost.</param>
/// <param name="maxBatch">The most items that one batch may have.</param>
public sealed class KeyedBatches<TKey, TItem>(Func<TKey, IReadOnlyList<TItem>, Task> handle, int maxBatch)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, Queue<TItem>> _waiting = new();
    private int _count;

    /// <summary>Items that wait or are being handled.</summary>
    public int Count => Volatile.Read(ref _count);

    public void Add(TKey key, TItem item)
    {
        Interlocked.Increment(ref _count);

        while (true)
        {
            if (_waiting.TryAdd(key, new Queue<TItem>([item])))
            {
                _ = Task.Run(() => DrainAsync(key));
                return;
            }

            if (_waiting.TryGetValue(key, out var queue))
            {
                lock (queue)
                {
                    // The worker takes an empty queue out under this lock: an item added to one that is gone would wait for ever.
                    if (_waiting.TryGetValue(key, out var current) && ReferenceEquals(current, queue))
                    {
                        queue.Enqueue(item);
                        return;
                    }
                }
            }
        }
    }

    private async Task DrainAsync(TKey key)
    {
        var queue = _waiting[key];

        while (true)
        {
            List<TItem> batch = [];
            lock (queue)
            {
                while (batch.Count < maxBatch && queue.TryDequeue(out var item))
                    batch.Add(item);

                if (batch.Count == 0)
                {
                    _waiting.TryRemove(key, out _);
                    return;
                }
            }

            // A batch that fails, even before its first await, must not stop those behind it.
            await HandleAsync(key, batch).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Add(ref _count, -batch.Count);
        }
    }

    private async Task HandleAsync(TKey key, List<TItem> batch) => await handle(key, batch);
}
