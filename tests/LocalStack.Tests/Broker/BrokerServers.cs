using ChatApp.LocalStack.Broker;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Tests.Broker;

[assembly: AssemblyFixture(typeof(BrokerServers))]

namespace ChatApp.LocalStack.Tests.Broker;

/// <summary>One server of each kind for all tests, started by the first that needs it. Tests that take a server away have one of their own.</summary>
public sealed class BrokerServers : IAsyncDisposable
{
    private readonly Lazy<Task<TestServer>> _redis = new(() => TestServer.StartAsync("redis"));
    private readonly Lazy<Task<TestServer>> _rabbit = new(() => TestServer.StartAsync("rabbitmq"));

    internal Task<TestServer> Of(string kind) => kind == "redis" ? _redis.Value : _rabbit.Value;

    public async ValueTask DisposeAsync()
    {
        foreach (var server in new[] { _redis, _rabbit }.Where(server => server is { IsValueCreated: true, Value.IsCompletedSuccessfully: true }))
            await (await server.Value).DisposeAsync();
    }
}

/// <summary>A real broker in a folder of its own, which the sidecar finds through its environment.</summary>
internal sealed class TestServer(string kind) : IAsyncDisposable
{
    private const string Password = "correct-horse";

    private readonly string _folder = Directory.CreateTempSubdirectory($"chatapp-{kind}-").FullName;
    private readonly List<Part> _parts = [];
    private readonly int _port = Ports.Free();

    public string Kind => kind;

    public Dictionary<string, string> Environment => kind == "redis"
        ? new() { ["REDIS_HOST"] = $"127.0.0.1:{_port}", ["REDIS_PASSWORD"] = Password }
        : new() { ["RABBITMQ_URL"] = RabbitServer.AddressOf(_port, Password) };

    /// <summary>What a component says to get there.</summary>
    public string Reference => kind == "redis"
        ? "- { name: redisHost, envRef: REDIS_HOST }\n  - { name: redisPassword, secretKeyRef: { name: REDIS_PASSWORD } }"
        : "- { name: connectionString, secretKeyRef: { name: RABBITMQ_URL } }";

    public static async Task<TestServer> StartAsync(string kind)
    {
        var server = new TestServer(kind);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    public async Task StartAsync()
    {
        if (kind == "redis")
            await RedisServer.StartAsync(_folder, _port, Password, Path.Combine(_folder, "redis.log"), _parts.Add, null, default);
        else
            await RabbitServer.StartAsync(_folder, _port, Password, _folder, _parts.Add, null, default);
    }

    /// <summary>As a crash would.</summary>
    public async Task KillAsync()
    {
        foreach (var part in _parts)
            await part.KillAsync();

        _parts.Clear();
    }

    public async Task StopAsync()
    {
        foreach (var part in _parts.AsEnumerable().Reverse())
            await part.StopAsync(Limit.Time);

        _parts.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
