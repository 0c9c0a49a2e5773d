using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Postgres;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Broker;

/// <summary>A Redis server of our own, from the distribution's package: loopback only, with a password. What it acknowledged is in its append-only file.</summary>
public static class RedisServer
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private static readonly ServerPackage Server = new("Redis", "redis-server", "REDIS_HOST", () => Tool.PathOf("redis-server"));

    /// <param name="folder">Where its configuration and its data are kept.</param>
    /// <param name="port">A loopback port.</param>
    /// <param name="password">What a client has to know.</param>
    /// <param name="log">Where its output goes.</param>
    /// <param name="started">Hears of the process as soon as it runs.</param>
    /// <param name="progress">Hears what takes long.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task StartAsync(
        string folder, int port, string password, string log, Action<Part> started, Action<string>? progress, CancellationToken ct)
    {
        var program = await Server.EnsureAsync(progress, ct);
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        var configuration = Path.Combine(folder, "redis.conf");
        await PrivateFile.WriteAsync(configuration,
            $"""
            bind 127.0.0.1
            port {port}
            requirepass {password}
            dir "{Path.Combine(folder, "data")}"
            # An answer means that the disk has it, whatever ends the server or the machine.
            appendonly yes
            appendfsync always
            save ""

            """);

        var part = Part.Start("redis", [program, configuration], folder, [], log, $"127.0.0.1:{port}");
        started(part);
        await part.WaitUntilAsync(() => AnswersAsync(port, password), StartLimit, ct);
    }

    private static async Task<bool> AnswersAsync(int port, string password)
    {
        try
        {
            await using var redis = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions
            {
                EndPoints = { { "127.0.0.1", port } },
                Password = password,
                ConnectTimeout = 1000
            });
            await redis.GetDatabase().PingAsync();
            return true;
        }
        catch (RedisException)
        {
            // It does not listen yet, or still reads its file.
            return false;
        }
    }
}
