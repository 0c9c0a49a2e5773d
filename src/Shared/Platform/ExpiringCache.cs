using Microsoft.Extensions.Caching.Memory;

namespace ChatApp.Platform;

/// <summary>
/// Answers that are at most <paramref name="lifetime"/> old, counted from the moment before they were asked for. Those who ask for one key at the same time
/// share one answer; what is not there, or could not be had, is not remembered.
/// </summary>
/// <param name="capacity">The most answers that are kept.</param>
public sealed class ExpiringCache<TKey, TValue>(TimeSpan lifetime, int capacity, Func<TKey, Task<TValue?>> load) : IDisposable
    where TKey : notnull
    where TValue : class
{
    private readonly MemoryCache _known = new(new MemoryCacheOptions { SizeLimit = capacity });

    public Task<TValue?> GetAsync(TKey key)
    {
        if (_known.TryGetValue(key, out Task<TValue?>? known))
            return known!;

        var expires = DateTimeOffset.UtcNow + lifetime;
        var loading = new TaskCompletionSource<TValue?>(TaskCreationOptions.RunContinuationsAsynchronously);
        _known.Set(key, loading.Task, new MemoryCacheEntryOptions { AbsoluteExpiration = expires, Size = 1 });
        _ = LoadAsync(key, loading);
        return loading.Task;
    }

    /// <summary>The next to ask gets an answer that is newer than this call.</summary>
    public void Forget(TKey key) => _known.Remove(key);

    public void Dispose() => _known.Dispose();

    private async Task LoadAsync(TKey key, TaskCompletionSource<TValue?> loading)
    {
        try
        {
            var value = await load(key);
            if (value is null)
                _known.Remove(key);

            loading.SetResult(value);
        }
        catch (Exception exception)
        {
            // Whoever asked gets the failure.
            _known.Remove(key);
            loading.SetException(exception);
        }
    }
}
