using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace ChatApp.LocalStack.Mongo;

/// <summary>
/// A server for MongoDB's wire protocol in front of DocumentDB, the MongoDB engine on PostgreSQL. It listens on the loopback
/// interface only and asks for no password: it is for development and tests.
/// </summary>
public sealed class MongoGateway : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Task, byte> _clients = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Engine _engine;
    private readonly Task _accepting;

    private MongoGateway(string postgres, int port)
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(512);
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";
        _engine = new Engine(postgres);
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    public string ConnectionString => $"mongodb://{Address}/?directConnection=true";

    /// <summary>Starts a gateway in this process; port 0 takes a free one.</summary>
    public static MongoGateway Start(string postgres, int port = 0) => new(postgres, port);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_clients.Keys);
        await _engine.DisposeAsync();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var socket = await _listener.AcceptAsync(_stopping.Token);
                socket.NoDelay = true;

                var serving = ServeAsync(socket);
                _clients[serving] = 0;
                _ = serving.ContinueWith(done => _clients.TryRemove(done, out _), TaskScheduler.Default);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var client = new ClientConnection(socket, _engine, Address);
        try
        {
            await client.RunAsync(_stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client or the gateway has gone.
        }
        catch (Exception e) when (e is FormatException or IndexOutOfRangeException or ArgumentException)
        {
            await Console.Error.WriteLineAsync($"A client sent what is not MongoDB's protocol: {e.Message}");
        }
    }
}
