using System.Text.Json;
using System.Threading.Channels;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>An event as a browser would see it.</summary>
internal sealed record StreamEvent(string Name, string? Id, string Data)
{
    public JsonElement Json => JsonDocument.Parse(Data).RootElement;
}

/// <summary>A client's end of a live stream.</summary>
internal sealed class OpenStream : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(15);

    private readonly HttpResponseMessage _response;
    private readonly CancellationTokenSource _closed = new();
    private readonly Channel<StreamEvent> _events = Channel.CreateUnbounded<StreamEvent>();
    private readonly Task _reading;
    private int _heartbeats;

    private OpenStream(HttpResponseMessage response)
    {
        _response = response;
        _reading = ReadAsync();
    }

    public HttpResponseMessage Response => _response;

    public int Heartbeats => Volatile.Read(ref _heartbeats);

    /// <summary>Opens a stream and waits for its first event.</summary>
    public static async Task<OpenStream> OpenAsync(HttpClient client)
    {
        var stream = await ConnectAsync(client);
        Assert.Equal("ready", (await stream.NextAsync()).Name);
        return stream;
    }

    /// <summary>Opens a stream and waits for nothing.</summary>
    public static async Task<OpenStream> ConnectAsync(HttpClient client)
    {
        client.DefaultRequestHeaders.Accept.ParseAdd("text/event-stream");
        var response = await client.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.EnsureSuccessStatusCode();
        return new OpenStream(response);
    }

    public async Task<StreamEvent> NextAsync() =>
        await _events.Reader.ReadAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken);

    /// <summary>What the next events are called.</summary>
    public async Task<IReadOnlyList<string>> NamesAsync(int count)
    {
        var names = new List<string>();
        while (names.Count < count)
            names.Add((await NextAsync()).Name);
        return names;
    }

    /// <summary>What comes until the stream ends, and that it ends well.</summary>
    public async Task<IReadOnlyList<StreamEvent>> RestAsync()
    {
        await _reading.WaitAsync(Limit, TestContext.Current.CancellationToken);
        return await _events.Reader.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _response.Dispose();
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _closed.Dispose();
    }

    private async Task ReadAsync()
    {
        using var reader = new StreamReader(await _response.Content.ReadAsStreamAsync(_closed.Token));
        var fields = new Dictionary<string, string>();
        while (await reader.ReadLineAsync(_closed.Token) is { } line)
        {
            if (line.StartsWith(':'))
            {
                Interlocked.Increment(ref _heartbeats);
            }
            else if (line.Length > 0)
            {
                var colon = line.IndexOf(": ", StringComparison.Ordinal);
                fields[line[..colon]] = line[(colon + 2)..];
            }
            else if (fields.Count > 0)
            {
                _events.Writer.TryWrite(new StreamEvent(fields["event"], fields.GetValueOrDefault("id"), fields["data"]));
                fields.Clear();
            }
        }

        _events.Writer.Complete();
    }
}
