using System.Net;
using System.Net.Sockets;
using System.Text;
using MongoDB.Driver;

namespace ChatApp.Chat.Tests;

/// <summary>A line to the store on which commands of one kind can get lost, wait, or lose their answer: then the server does what it was told, and the client never hears.</summary>
internal sealed class LossyLine : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly MongoUrl _server;
    private readonly byte[] _pattern;
    private int _toLose;
    private TaskCompletionSource? _released;

    /// <param name="connectionString">The store.</param>
    /// <param name="command">A command's name and its collection.</param>
    public LossyLine(string connectionString, string command = "insert messages")
    {
        // A command begins with its name and, as a string with its length, its collection, each ended by a zero byte.
        var (name, collection) = (command.Split(' ')[0], command.Split(' ')[1]);
        _pattern = [.. Encoding.UTF8.GetBytes($"\u0002{name}\0"), .. BitConverter.GetBytes(collection.Length + 1), .. Encoding.UTF8.GetBytes($"{collection}\0")];
        _server = new MongoUrl(connectionString);
        _listener.Start();
        var port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        ConnectionString = new MongoUrlBuilder(connectionString) { Server = new MongoServerAddress("127.0.0.1", port), DirectConnection = true }.ToString();
        _ = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>Commands that were carried out and whose answer got lost.</summary>
    public int Lost { get; private set; }

    /// <summary>Commands that wait on the line.</summary>
    public int Held { get; private set; }

    /// <summary>Set to break the connection before any of the commands reaches the server.</summary>
    public bool Breaks { get; set; }

    /// <summary>The answers to the next of the commands get lost, and the connections that carried them break.</summary>
    public void LoseAnswers(int count) => Volatile.Write(ref _toLose, count);

    /// <summary>The commands wait on the line, whatever becomes of the client, until <see cref="Release"/>.</summary>
    public void Hold() => _released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release()
    {
        _released?.SetResult();
        _released = null;
    }

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
            var there = PumpAsync(client, server, async sent =>
            {
                if (sent.Span.IndexOf(_pattern) < 0)
                    return true;

                if (_released is { } released)
                {
                    Held++;
                    await released.Task.WaitAsync(_stop.Token);
                }

                lose |= Interlocked.Decrement(ref _toLose) >= 0;
                return !Breaks;
            });
            var back = PumpAsync(server, client, _ =>
            {
                Lost += lose ? 1 : 0;
                return Task.FromResult(!lose);
            });
            await Task.WhenAny(there, back);
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException)
        {
            // Either side went away.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Func<ReadOnlyMemory<byte>, Task<bool>> carries)
    {
        try
        {
            var buffer = new byte[256 * 1024];
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
            {
                if (!await carries(buffer.AsMemory(0, read)))
                    return;

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or IOException or ObjectDisposedException)
        {
            // Either side went away.
        }
    }
}
