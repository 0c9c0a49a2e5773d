using System.Buffers;
using Microsoft.AspNetCore.Http;

namespace ChatApp.Platform.Messaging;

/// <summary>A request's body in pooled memory, since that of a batch is large.</summary>
internal sealed class RequestBody : IDisposable
{
    private const int FirstSize = 16 * 1024;

    private byte[] _buffer;
    private int _length;

    private RequestBody(int size) => _buffer = ArrayPool<byte>.Shared.Rent(size);

    /// <summary>Good until this is disposed.</summary>
    public ReadOnlyMemory<byte> Memory => _buffer.AsMemory(0, _length);

    public static async Task<RequestBody> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        // One more, so that the end is seen without another buffer.
        var body = new RequestBody((int)(request.ContentLength ?? FirstSize) + 1);
        while (await request.Body.ReadAsync(body._buffer.AsMemory(body._length), ct) is > 0 and var read)
            body.Advance(read);
        return body;
    }

    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    private void Advance(int read)
    {
        _length += read;
        if (_length < _buffer.Length)
            return;

        var larger = ArrayPool<byte>.Shared.Rent(_buffer.Length * 2);
        _buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
