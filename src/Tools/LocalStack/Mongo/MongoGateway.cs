using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using ChatApp.LocalStack.Mongo.Users;

namespace ChatApp.LocalStack.Mongo;

/// <summary>
/// A server for MongoDB's wire protocol in front of DocumentDB, the MongoDB engine on PostgreSQL. It listens on the loopback
/// interface only, and a client signs in before it may do anything: see <see cref="UserTable"/> and <see cref="Permissions"/>.
/// </summary>
public sealed class MongoGateway : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly ConcurrentDictionary<Task, byte> _clients = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly Engine _engine;
    private readonly UserTable _users;
    private readonly Task _accepting;

    private MongoGateway(Engine engine, UserTable users, int port)
    {
        (_engine, _users) = (engine, users);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, port));
        _listener.Listen(512);
        Address = $"127.0.0.1:{((IPEndPoint)_listener.LocalEndPoint!).Port}";
        _accepting = AcceptAsync();
    }

    public string Address { get; }

    /// <summary>The address for the user root, who may do everything.</summary>
    public static string ConnectionString(string address, string rootPassword) =>
        $"mongodb://root:{Uri.EscapeDataString(rootPassword)}@{address}/?directConnection=true&authSource=admin";

    /// <summary>Starts a gateway in this process, the only one of its engine; port 0 takes a free one.</summary>
    public static async Task<MongoGateway> StartAsync(string postgres, string rootPassword, int port = 0, CancellationToken ct = default)
    {
        var engine = new Engine(postgres);
        try
        {
            return new MongoGateway(engine, await UserTable.LoadAsync(engine.Database, rootPassword, ct), port);
        }
        catch
        {
            await engine.DisposeAsync();
            throw;
        }
    }

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
        await using var client = new ClientConnection(socket, _engine, _users, Address);
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
