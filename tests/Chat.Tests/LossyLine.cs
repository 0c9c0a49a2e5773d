using System.Net;
using System.Net.Sockets;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>A line to the store on which answers can get lost: the server does what it was told, and the client never hears.</summary>
internal sealed class LossyLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MongoUrl _server;
    private int _toLose;

    public LossyLine(string connectionString)
    {
        _server = new MongoUrl(connectionString);
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = new MongoUrlBuilder(connectionString) { Server = new MongoServerAddress("127.0.0.1", port), DirectConnection = true }.ToString();
        _ = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>Inserts of messages that were carried out and whose answer got lost.</summary>
    public int Lost { get; private set; }

    /// <summary>The answers to the next inserts of messages get lost, and the connections that carried them break.</summary>
    public void LoseAnswers(int count) => Volatile.Write(ref _toLose, count);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = CarryAsync(await _listener.AcceptTcpClientAsync(_stop.Token));
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The line is taken down.
        }
    }

    private async Task CarryAsync(TcpClient client)
    {
        using var _ = client;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(_server.Server.Host, _server.Server.Port, _stop.Token);
            var lose = false;
            var there = PumpAsync(client, server, sent => lose |= IsInsert(sent) && Interlocked.Decrement(ref _toLose) >= 0, () => false);
            var back = PumpAsync(server, client, _ => { }, () =>
            {
                Lost += lose ? 1 : 0;
                return lose;
            });
            await Task.WhenAny(there, back);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Either side went away.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Action<ReadOnlyMemory<byte>> seen, Func<bool> cut)
    {
        try
        {
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
            {
                seen(buffer.AsMemory(0, read));
                if (cut())
                    return;

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Either side went away.
        }
    }

    // An insert command begins with its name and its collection, each ended by a zero byte.
    private static bool IsInsert(ReadOnlyMemory<byte> sent) => sent.Span.IndexOf("insert\0\u0009\0\0\0messages\0"u8) >= 0;
}
