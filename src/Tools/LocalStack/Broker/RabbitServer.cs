using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ChatApp.LocalStack.Launch;
using ChatApp.LocalStack.Postgres;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace ChatApp.LocalStack.Broker;

/// <summary>
/// A RabbitMQ server of our own, from the distribution's package: loopback only, with one user and a password. Its Erlang node, its cookie and
/// its port mapper are its own too, so that no other node on the machine is in its way.
/// </summary>
public static class RabbitServer
{
    public const string User = "chatapp";

    private const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    // Not the command of that name on the path: as root that one starts the server as another user, with that user's files.
    private static readonly ServerPackage Server = new(
        "RabbitMQ", "rabbitmq-server", "RABBITMQ_URL", () => File.Exists(Program) && Tool.Exists("epmd") ? Program : null, "epmd.service", "epmd.socket");

    /// <param name="folder">Where its configuration and its data are kept.</param>
    /// <param name="port">A loopback port.</param>
    /// <param name="password">The user's.</param>
    /// <param name="logs">The folder for its output.</param>
    /// <param name="started">Hears of each process as soon as it runs.</param>
    /// <param name="progress">Hears what takes long.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task StartAsync(
        string folder, int port, string password, string logs, Action<Part> started, Action<string>? progress, CancellationToken ct)
    {
        var program = await Server.EnsureAsync(progress, ct);
        await ConfigureAsync(folder, port, password);

        var mapperPort = Ports.Free();
        var environment = Environment(folder, mapperPort);
        var mapper = Part.Start(
            "epmd", [Tool.PathOf("epmd")!, "-address", "127.0.0.1", "-port", $"{mapperPort}"], folder, environment, Path.Combine(logs, "epmd.log"), null);
        started(mapper);
        await mapper.WaitUntilAsync(() => Ports.AnswersAsync(mapperPort), StartLimit, ct);

        var server = Part.Start("rabbitmq", [program], folder, environment, Path.Combine(logs, "rabbitmq.log"), $"127.0.0.1:{port}");
        started(server);
        var address = new Uri(AddressOf(port, password));
        await server.WaitUntilAsync(() => AnswersAsync(address), StartLimit, ct);
    }

    public static string AddressOf(int port, string password) => $"amqp://{User}:{password}@127.0.0.1:{port}/";

    private static async Task ConfigureAsync(string folder, int port, string password)
    {
        Directory.CreateDirectory(folder);
        await PrivateFile.WriteAsync(Path.Combine(folder, "rabbitmq.conf"),
            $"""
            listeners.tcp.1 = 127.0.0.1:{port}
            load_definitions = {folder}/definitions.json
            log.console = true
            log.console.level = warning
            log.file = false

            """);
        await PrivateFile.WriteAsync(Path.Combine(folder, "definitions.json"), Definitions(password));
        await File.WriteAllTextAsync(Path.Combine(folder, "enabled_plugins"), "[].\n");
        // Where the distribution would have its own settings.
        await File.WriteAllTextAsync(Path.Combine(folder, "rabbitmq-env.conf"), "");

        var cookie = Path.Combine(folder, ".erlang.cookie");
        if (!File.Exists(cookie))
            await PrivateFile.WriteAsync(cookie, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24)));
    }

    /// <summary>The user, and what becomes of the queue of a gateway that is no more (docs/operations.md).</summary>
    private static string Definitions(string password) => JsonSerializer.Serialize(new
    {
        vhosts = new[] { new { name = "/" } },
        users = new[] { new { name = User, password_hash = Hash(password), hashing_algorithm = "rabbit_password_hashing_sha256", tags = "administrator" } },
        permissions = new[] { new { user = User, vhost = "/", configure = ".*", write = ".*", read = ".*" } },
        policies = new[]
        {
            new Dictionary<string, object>
            {
                ["vhost"] = "/",
                ["name"] = "live",
                ["pattern"] = "^gateway-[0-9a-f-]{36}-",
                ["apply-to"] = "queues",
                ["definition"] = new { expires = 600_000 },
                ["priority"] = 0
            }
        }
    });

    private static string Hash(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(4);
        return Convert.ToBase64String([.. salt, .. SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(password)])]);
    }

    private static KeyValuePair<string, string?>[] Environment(string folder, int mapperPort) =>
    [
        new("HOME", folder),
        new("RABBITMQ_NODENAME", "chatapp@localhost"),
        new("RABBITMQ_CONFIG_FILE", Path.Combine(folder, "rabbitmq.conf")),
        new("RABBITMQ_CONF_ENV_FILE", Path.Combine(folder, "rabbitmq-env.conf")),
        new("RABBITMQ_ENABLED_PLUGINS_FILE", Path.Combine(folder, "enabled_plugins")),
        new("RABBITMQ_MNESIA_BASE", Path.Combine(folder, "data")),
        new("RABBITMQ_LOG_BASE", folder),
        new("RABBITMQ_LOGS", "-"),
        new("RABBITMQ_GENERATED_CONFIG_DIR", Path.Combine(folder, "generated")),
        new("RABBITMQ_DIST_PORT", $"{Ports.Free()}"),
        new("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-noinput -kernel inet_dist_use_interface {127,0,0,1}"),
        // The script then becomes the server, so that its process is the server's.
        new("RABBITMQ_ALLOW_INPUT", "1"),
        new("ERL_CRASH_DUMP", Path.Combine(folder, "erl_crash.dump")),
        new("ERL_EPMD_PORT", $"{mapperPort}"),
        new("ERL_EPMD_ADDRESS", "127.0.0.1")
    ];

    private static async Task<bool> AnswersAsync(Uri address)
    {
        try
        {
            await using var connection = await new ConnectionFactory { Uri = address, AutomaticRecoveryEnabled = false }.CreateConnectionAsync();
            await using var channel = await connection.CreateChannelAsync();
            return true;
        }
        catch (Exception e) when (e is RabbitMQClientException or IOException or OperationCanceledException)
        {
            return false;
        }
    }
}
