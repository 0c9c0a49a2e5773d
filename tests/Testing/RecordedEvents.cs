using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ChatApp.Contracts;

namespace ChatApp.Testing;

/// <summary>An event as a service published it.</summary>
/// <param name="Metadata">The fields of the CloudEvent, without its data.</param>
public sealed record RecordedEvent(string PubSub, string Topic, string Type, string Id, string Key, string Payload, IReadOnlyDictionary<string, string> Metadata)
{
    public T Read<T>()
        where T : IEvent => (T)JsonSerializer.Deserialize(Payload, typeof(T), EventJson.Default)!;
}

/// <summary>What a service has published, in order.</summary>
public sealed class RecordedEvents
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly ConcurrentQueue<RecordedEvent> _events = new();
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public IReadOnlyList<RecordedEvent> All => [.. _events];

    /// <summary>Every event of one type that was published so far.</summary>
    public IReadOnlyList<T> Of<T>()
        where T : IEvent => [.. _events.Where(recorded => recorded.Type == T.Type).Select(recorded => recorded.Read<T>())];

    /// <summary>The first event of the type that fits, whether it was published already or is still to come.</summary>
    /// <exception cref="TimeoutException">None was published within ten seconds.</exception>
    public async Task<T> NextAsync<T>(Func<T, bool>? fits = null)
        where T : IEvent
    {
        await WaitForAsync(() => Of<T>().Any(fits ?? (_ => true)), $"no {T.Type} that fits was published");
        return Of<T>().First(fits ?? (_ => true));
    }

    /// <summary>Waits until what was published fulfils the condition.</summary>
    public async Task WaitForAsync(Func<bool> condition, string otherwise)
    {
        var deadline = Task.Delay(Limit);
        while (true)
        {
            var changed = _changed.Task;
            if (condition())
                return;

            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"{otherwise}; published so far: {string.Join(", ", _events.Select(recorded => recorded.Type))}");
        }
    }

    /// <summary>Every event, those that were published before included.</summary>
    public async IAsyncEnumerable<RecordedEvent> FollowAsync([EnumeratorCancellation] CancellationToken ct)
    {
        for (var seen = 0; ;)
        {
            var changed = _changed.Task;
            foreach (var recorded in _events.Skip(seen))
            {
                seen++;
                yield return recorded;
            }

            await changed.WaitAsync(ct);
        }
    }

    internal void Add(RecordedEvent recorded)
    {
        _events.Enqueue(recorded);
        Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }
}
