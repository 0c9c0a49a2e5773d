using System.Collections.Concurrent;
using System.Net.ServerSentEvents;
using System.Text.Json;

namespace ChatApp.EndToEnd.Tests;

/// <summary>A person's live stream; keeps what arrived.</summary>
public sealed class LiveEvents : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<SseItem<string>> _arrived = new();
    private readonly HttpResponseMessage _answer;
    private readonly Task _reading;
    private volatile TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private LiveEvents(HttpResponseMessage answer, Stream body)
    {
        _answer = answer;
        _reading = ReadAsync(body);
    }

    /// <summary>Every event of one type so far, in the order of arrival.</summary>
    public IReadOnlyList<JsonElement> Of(string type) =>
        [.. _arrived.Where(item => item.EventType == type).Select(item => JsonSerializer.Deserialize<JsonElement>(item.Data))];

    public static async Task<LiveEvents> OpenAsync(HttpClient http, CancellationToken ct)
    {
        var answer = await http.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead, ct);
        answer.EnsureSuccessStatusCode();
        var stream = new LiveEvents(answer, await answer.Content.ReadAsStreamAsync(ct));
        await stream.NextAsync("ready", _ => true);
        return stream;
    }

    /// <summary>The first event of the type that fits, arrived or still to come.</summary>
    public async Task<JsonElement> NextAsync(string type, Func<JsonElement, bool> fits)
    {
        var deadline = Task.Delay(Limit);
        while (true)
        {
            var changed = _changed.Task;
            if (Of(type).Where(fits).ToList() is [var first, ..])
                return first;

            if (await Task.WhenAny(changed, deadline) == deadline)
                throw new TimeoutException($"no {type} that fits arrived; there were: {string.Join(", ", _arrived.Select(item => $"{item.EventType} {item.Data}"))}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        _answer.Dispose();
        await _reading;
    }

    private async Task ReadAsync(Stream body)
    {
        try
        {
            await foreach (var item in SseParser.Create(body).EnumerateAsync())
            {
                _arrived.Enqueue(item);
                Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
            }
        }
        catch (Exception exception) when (exception is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException)
        {
            // The stream was cut, by us or by a restart of the gateway: what arrived stays.
        }
    }
}
