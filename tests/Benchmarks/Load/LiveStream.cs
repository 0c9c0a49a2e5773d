namespace ChatApp.Benchmarks.Load;

/// <summary>One person's open live stream.</summary>
internal sealed class LiveStream : IAsyncDisposable
{
    private readonly CancellationTokenSource _closing = new();
    private readonly Task _reading;

    private LiveStream(HttpResponseMessage response, Stream body, byte[] buffer, int filled, Action<long> arrived) =>
        _reading = ReadAsync(response, body, buffer, filled, arrived);

    /// <summary>It ended, and nobody here has closed it.</summary>
    public bool Broke { get; private set; }

    /// <summary>Returns once it is live.</summary>
    /// <param name="arrived">Gets the number of each message of ours.</param>
    public static async Task<LiveStream> OpenAsync(Api api, Person person, Action<long> arrived, CancellationToken ct)
    {
        var response = await api.SendAsync(HttpMethod.Get, "/api/stream", person, null, ct);
        var body = await response.Content.ReadAsStreamAsync(ct);
        var buffer = new byte[2048];
        var filled = await body.ReadAsync(buffer, ct);
        return filled > 0
            ? new LiveStream(response, body, buffer, filled, arrived)
            : throw new IOException("A stream ended before it was live.");
    }

    public async ValueTask DisposeAsync()
    {
        await _closing.CancelAsync();
        await _reading;
        _closing.Dispose();
    }

    private async Task ReadAsync(HttpResponseMessage response, Stream body, byte[] buffer, int filled, Action<long> arrived)
    {
        try
        {
            for (var received = filled; received > 0; filled += received)
            {
                var read = Frames.Read(buffer.AsSpan(0, filled), arrived);
                buffer.AsSpan(read, filled - read).CopyTo(buffer);
                filled -= read;
                if (filled == buffer.Length)
                    Array.Resize(ref buffer, buffer.Length * 2);
                received = await body.ReadAsync(buffer.AsMemory(filled), _closing.Token);
            }

            Broke = true;
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException)
        {
            Broke = !_closing.IsCancellationRequested;
        }
        finally
        {
            response.Dispose();
        }
    }
}
