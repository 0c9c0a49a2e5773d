using ChatApp.LocalStack.Broker;
using ChatApp.LocalStack.Postgres;

namespace ChatApp.LocalStack.Launch;

/// <summary>The broker behind the components: the server that the sidecar's environment names, else one of our own.</summary>
/// <param name="Name">Its folder under components/.</param>
public sealed record MessageBroker(string Name, StackOptions Options, StackSecrets Secrets, Action<Part> Started, Action<string> Progress)
{
    public const string Kafka = "kafka";
    public const string Redis = "redis";
    public const string RabbitMq = "rabbitmq";

    /// <summary>What the system needs of a Kafka. One partition bounds nothing but dead letters, which nobody waits for.</summary>
    public static readonly IReadOnlyDictionary<string, int> Topics = new Dictionary<string, int>
    {
        ["auth.users"] = 8,
        ["users.profiles"] = 8,
        ["users.relationships"] = 8,
        ["chat.messages"] = 8,
        ["chat.conversations"] = 8,
        ["notifications.inbox"] = 8,
        ["user.deadletters"] = 1,
        ["chat.deadletters"] = 1,
        ["notification.deadletters"] = 1,
    };

    private const int RedisPort = 16379;
    private const int RabbitPort = 15671;

    private static readonly TimeSpan MockClusterLimit = TimeSpan.FromSeconds(60);

    public static IReadOnlyList<string> Names { get; } = [Kafka, Redis, RabbitMq];

    /// <summary>Returns what the components refer to in the sidecar's environment.</summary>
    /// <exception cref="LaunchException">There is no such broker, or it can't be brought.</exception>
    public async Task<IReadOnlyList<KeyValuePair<string, string?>>> StartAsync(CancellationToken ct)
    {
        // A server of one's own is in the sidecar's environment already.
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
            return [];

        Progress($"starting the broker ({Name})");
        try
        {
            return Name switch
            {
                Redis => await StartRedisAsync(ct),
                RabbitMq => await StartRabbitAsync(ct),
                _ => await StartMockClusterAsync(ct),
            };
        }
        catch (StoreException exception)
        {
            throw new LaunchException(exception.Message, exception);
        }
    }

    private string Variable => Name switch
    {
        Kafka => "KAFKA_BROKERS",
        Redis => "REDIS_HOST",
        RabbitMq => "RABBITMQ_URL",
        _ => throw new LaunchException($"there is no broker {Name}: it is one of {string.Join(", ", Names)}."),
    };

    private string Folder => Path.Combine(Options.State, Name);

    private async Task<IReadOnlyList<KeyValuePair<string, string?>>> StartRedisAsync(CancellationToken ct)
    {
        var (port, password) = (Ports.Prefer(RedisPort, Options.FreePorts), Secrets.RolePasswords[Redis]);
        await RedisServer.StartAsync(Folder, port, password, Path.Combine(Options.Logs, "redis.log"), Started, Progress, ct);
        return [new("REDIS_HOST", $"127.0.0.1:{port}"), new("REDIS_PASSWORD", password)];
    }

    private async Task<IReadOnlyList<KeyValuePair<string, string?>>> StartRabbitAsync(CancellationToken ct)
    {
        var (port, password) = (Ports.Prefer(RabbitPort, Options.FreePorts), Secrets.RolePasswords[RabbitMq]);
        await RabbitServer.StartAsync(Folder, port, password, Options.Logs, Started, Progress, ct);
        return [new("RABBITMQ_URL", RabbitServer.AddressOf(port, password))];
    }

    /// <summary>librdkafka's own, which keeps nothing.</summary>
    private async Task<IReadOnlyList<KeyValuePair<string, string?>>> StartMockClusterAsync(CancellationToken ct)
    {
        var addressFile = Path.Combine(Options.State, "kafka.address");
        File.Delete(addressFile);
        var topics = string.Join(',', Topics.Select(topic => $"{topic.Key}:{topic.Value}"));
        var part = Part.Start(
            "broker",
            ["dotnet", Options.Program, "broker", "--topics", topics, "--address-file", addressFile],
            Options.Repository,
            [],
            Path.Combine(Options.Logs, "broker.log"),
            address: null);
        Started(part);
        await part.WaitUntilAsync(() => Task.FromResult(File.Exists(addressFile)), MockClusterLimit, ct);
        return [new("KAFKA_BROKERS", await File.ReadAllTextAsync(addressFile, ct))];
    }
}
