using System.Globalization;
using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>The metadata of a pubsub.kafka component; what this sidecar cannot do is refused by name.</summary>
internal sealed class KafkaSettings
{
    private static readonly string[] OfTheSidecar = ["publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics"];
    private static readonly string[] WithoutEffect = ["version", "channelBufferSize", "consumeRetryInterval", "producerRetryMax"];

    private readonly Dictionary<string, string> _rest;

    public KafkaSettings(Component component, string appId, TimeSpan? sessionTimeout = null)
    {
        _rest = new Dictionary<string, string>(component.Metadata);

        Brokers = Take("brokers") ?? throw new ResourceException($"Component {component.Name}: brokers is missing.");
        ConsumerGroup = Take("consumerGroup") ?? Take("consumerID") ?? appId;
        ClientId = Take("clientId");
        StartAtOldest = OneOf(component, "initialOffset", "newest", "oldest") == "oldest";
        RetryInPlace = OneOf(component, "consumeRetryEnabled", "true", "false") == "true";
        EscapeHeaders = OneOf(component, "escapeHeaders", "false", "true") == "true";
        var session = GoDuration.Parse(Take("sessionTimeout") ?? "10s");
        var heartbeat = GoDuration.Parse(Take("heartbeatInterval") ?? "3s");
        SessionTimeout = sessionTimeout ?? session;
        HeartbeatInterval = sessionTimeout / 10 ?? heartbeat;
        MaxMessageBytes = int.Parse(Take("maxMessageBytes") ?? "1048576", CultureInfo.InvariantCulture);
        FetchMinBytes = int.Parse(Take("consumerFetchMin") ?? "1", CultureInfo.InvariantCulture);
        FetchBytes = int.Parse(Take("consumerFetchDefault") ?? "1048576", CultureInfo.InvariantCulture);
        Assignment = OneOf(component, "consumerGroupRebalanceStrategy", "range", "roundrobin") == "range"
            ? PartitionAssignmentStrategy.Range
            : PartitionAssignmentStrategy.RoundRobin;
        Compression = Enum.Parse<CompressionType>(OneOf(component, "compression", "none", "gzip", "snappy", "lz4", "zstd"), ignoreCase: true);
        OneOf(component, "producerRequiredAcks", "all");
        Retry = BackOff(component);
        Security = new KafkaSecurity(
            OneOf(component, "authType", null, "none", "password"), Take("saslUsername"), Take("saslPassword"),
            OneOf(component, "saslMechanism", "PLAINTEXT", "SHA-256", "SHA-512"), Take("disableTls") == "true");

        Ignored = [.. WithoutEffect.Where(_rest.Remove)];
        foreach (var name in OfTheSidecar)
            _rest.Remove(name);

        if (_rest.Count > 0)
            throw new ResourceException($"Component {component.Name}: metadata {string.Join(", ", _rest.Keys)} is not supported.");
    }

    /// <summary>Metadata that the file gives and that changes nothing here.</summary>
    public IReadOnlyList<string> Ignored { get; }

    public string Brokers { get; }
    public string ConsumerGroup { get; }
    public string? ClientId { get; }
    public bool StartAtOldest { get; }
    public bool RetryInPlace { get; }
    public bool EscapeHeaders { get; }
    public TimeSpan SessionTimeout { get; }
    public TimeSpan HeartbeatInterval { get; }
    public int MaxMessageBytes { get; }
    public int FetchMinBytes { get; }
    public int FetchBytes { get; }
    public PartitionAssignmentStrategy Assignment { get; }
    public CompressionType Compression { get; }
    public KafkaSecurity Security { get; }

    /// <summary>How the component itself retries a message, in place: for ever every five seconds, unless it is told otherwise.</summary>
    public RetryPolicy Retry { get; }

    private RetryPolicy BackOff(Component component)
    {
        var exponential = OneOf(component, "backOffPolicy", "constant", "exponential") == "exponential";
        var initial = GoDuration.Parse(Take("backOffInitialInterval") ?? "500ms");
        var constant = GoDuration.Parse(Take("backOffDuration") ?? "5s");

        return new RetryPolicy(
            exponential,
            exponential ? initial : constant,
            GoDuration.Parse(Take("backOffMaxInterval") ?? "60s"),
            int.Parse(Take("backOffMaxRetries") ?? "-1", CultureInfo.InvariantCulture));
    }

    private string? Take(string name) => _rest.Remove(name, out var value) ? value : null;

    private string OneOf(Component component, string name, string? byDefault, params string[] others)
    {
        var value = Take(name) ?? byDefault;

        return value is not null && (value == byDefault || others.Contains(value))
            ? value
            : throw new ResourceException($"Component {component.Name}: {name} \"{value}\" is not supported.");
    }
}

internal sealed record KafkaSecurity(string AuthType, string? UserName, string? Password, string Mechanism, bool DisableTls)
{
    public void Apply(ClientConfig config)
    {
        if (AuthType == "none")
            return;

        config.SecurityProtocol = DisableTls ? SecurityProtocol.SaslPlaintext : SecurityProtocol.SaslSsl;
        config.SaslUsername = UserName;
        config.SaslPassword = Password;
        config.SaslMechanism = Mechanism switch
        {
            "SHA-256" => SaslMechanism.ScramSha256,
            "SHA-512" => SaslMechanism.ScramSha512,
            _ => SaslMechanism.Plain
        };
    }
}
