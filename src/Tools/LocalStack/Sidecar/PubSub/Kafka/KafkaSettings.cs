using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;
using Confluent.Kafka;

namespace ChatApp.LocalStack.Sidecar.PubSub.Kafka;

/// <summary>The metadata of a pubsub.kafka component; what this sidecar cannot do is refused by name.</summary>
internal sealed class KafkaSettings
{
    public KafkaSettings(Component component, string appId, TimeSpan? sessionTimeout = null)
    {
        var metadata = new MetadataReader(component);

        Brokers = metadata.Require("brokers");
        ConsumerGroup = metadata.Take("consumerGroup") ?? metadata.Take("consumerID") ?? appId;
        ClientId = metadata.Take("clientId");
        StartAtOldest = metadata.OneOf("initialOffset", "newest", "oldest") == "oldest";
        RetryInPlace = metadata.Flag("consumeRetryEnabled", true);
        EscapeHeaders = metadata.Flag("escapeHeaders", false);
        var session = metadata.Duration("sessionTimeout", "10s");
        var heartbeat = metadata.Duration("heartbeatInterval", "3s");
        SessionTimeout = sessionTimeout ?? session;
        HeartbeatInterval = sessionTimeout / 3 ?? heartbeat;
        MaxMessageBytes = metadata.Number("maxMessageBytes", 1048576);
        FetchMinBytes = metadata.Number("consumerFetchMin", 1);
        FetchBytes = metadata.Number("consumerFetchDefault", 1048576);
        Assignment = metadata.OneOf("consumerGroupRebalanceStrategy", "range", "roundrobin") == "range"
            ? PartitionAssignmentStrategy.Range
            : PartitionAssignmentStrategy.RoundRobin;
        Compression = Enum.Parse<CompressionType>(metadata.OneOf("compression", "none", "gzip", "snappy", "lz4", "zstd"), ignoreCase: true);
        metadata.OneOf("producerRequiredAcks", "all");
        Retry = BackOff(metadata);
        Security = new KafkaSecurity(
            metadata.OneOf("authType", null, "none", "password"), metadata.Take("saslUsername"), metadata.Take("saslPassword"),
            metadata.OneOf("saslMechanism", "PLAINTEXT", "SHA-256", "SHA-512"), metadata.Flag("disableTls", false));
        Ignored = metadata.End("version", "channelBufferSize", "consumeRetryInterval", "producerRetryMax");
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

    private static RetryPolicy BackOff(MetadataReader metadata)
    {
        var exponential = metadata.OneOf("backOffPolicy", "constant", "exponential") == "exponential";
        var initial = metadata.Duration("backOffInitialInterval", "500ms");
        var constant = metadata.Duration("backOffDuration", "5s");

        return new RetryPolicy(
            exponential, exponential ? initial : constant, metadata.Duration("backOffMaxInterval", "60s"), metadata.Number("backOffMaxRetries", -1));
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
