using System.Collections.Concurrent;

namespace ChatApp.Chat.Messages;

/// <summary>Those who ask for the same while it is being read share one read: a process that starts under load would ask for each thing a thousand times.</summary>
internal sealed class SharedReads<TKey, TValue>(Func<TKey, CancellationToken, Task<TValue>> readAsync, TimeProvider time)
    where TKey : notnull
{
    /// <summary>None of the callers may cancel what the others wait for too. A store that never answers one command must not hold up a key for ever.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<TKey, Task<TValue>> _running = new();

    public Task<TValue> GetAsync(TKey key)
    {
        if (_running.TryGetValue(key, out var running))
            return running;

        var source = new TaskCompletionSource<TValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        running = _running.GetOrAdd(key, source.Task);
        if (running == source.Task)
            _ = RunAsync(key, source);
        return running;
    }

    private async Task RunAsync(TKey key, TaskCompletionSource<TValue> source)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        try
        {
            var value = await readAsync(key, limit.Token);
            _running.TryRemove(key, out _);
            source.SetResult(value);
        }
        catch (Exception exception)
        {
            // Whoever asked gets the failure.
            _running.TryRemove(key, out _);
            source.SetException(limit.IsCancellationRequested ? new TimeoutException("The store does not answer.", exception) : exception);
        }
    }
}
