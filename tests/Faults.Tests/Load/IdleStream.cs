using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace ChatApp.Faults.Tests.Load;

/// <summary>A stream that is open and that nobody reads. This end keeps next to nothing, so what comes has to wait at the other.</summary>
internal sealed class IdleStream : IDisposable
{
    // TCP_MAXSEG (tcp(7)): of a connection with small segments the other end's kernel keeps tens of kilobytes, and not megabytes.
    private const int MaxSegment = 2;

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 2048 };

    private IdleStream() => _socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, MaxSegment, BitConverter.GetBytes(536));

    public static async Task<IdleStream> OpenAsync(Uri gateway, string accessToken, CancellationToken ct)
    {
        var stream = new IdleStream();
        await stream._socket.ConnectAsync(gateway.Host, gateway.Port, ct);
        await stream._socket.SendAsync(
            Encoding.ASCII.GetBytes($"GET /api/stream HTTP/1.1\r\nHost: {gateway.Authority}\r\nAuthorization: Bearer {accessToken}\r\n\r\n"), ct);
        var answer = new byte["HTTP/1.1 200".Length];
        await stream._socket.ReceiveAsync(answer, ct);
        Assert.Equal("HTTP/1.1 200", Encoding.ASCII.GetString(answer));
        return stream;
    }

    /// <summary>Returns when the other end has broken the connection off.</summary>
    public async Task WaitForItsEndAsync(CancellationToken ct)
    {
        for (var waited = Stopwatch.StartNew(); !_socket.Poll(TimeSpan.Zero, SelectMode.SelectError); await Task.Delay(50, ct))
        {
            if (waited.Elapsed > FaultySystem.Patience)
                throw new TimeoutException("a stream that nobody reads stays open");
        }
    }

    public void Dispose() => _socket.Dispose();
}
