using ChatApp.LocalStack.Sidecar.Resources;
using RabbitMQ.Client;

namespace ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;

/// <summary>The metadata of a pubsub.rabbitmq component; what this sidecar cannot do is refused by name.</summary>
internal sealed class RabbitSettings
{
    public RabbitSettings(Component component, string appId)
    {
        var metadata = new MetadataReader(component);

        Connection = new ConnectionFactory
        {
            Uri = Address(metadata),
            RequestedHeartbeat = metadata.Duration("heartBeat", "10s"),
            ClientProvidedName = metadata.Take("clientName"),
            // Whoever uses a connection notices its end and makes another.
            AutomaticRecoveryEnabled = false
        };
        ConsumerId = metadata.Take("consumerID") ?? appId;
        Durable = metadata.Flag("durable", true);
        DeletedWhenUnused = metadata.Flag("deletedWhenUnused", true);
        AutoAck = metadata.Flag("autoAck", false);
        RequeueInFailure = metadata.Flag("requeueInFailure", false);
        Persistent = metadata.OneOf("deliveryMode", "0", "1", "2") == "2";
        PrefetchCount = (ushort)metadata.Number("prefetchCount", 0);
        PublisherConfirm = metadata.Flag("publisherConfirm", false);
        OneAtATime = metadata.OneOf("concurrencyMode", "parallel", "single") == "single";
        ReconnectWait = TimeSpan.FromSeconds(metadata.Number("reconnectWaitSeconds", 3));
        MaxLength = metadata.Number("maxLen", 0);
        MaxLengthBytes = metadata.Number("maxLenBytes", 0);
        MessageLifetime = metadata.Number("ttlInSeconds", 0) is > 0 and var seconds ? TimeSpan.FromSeconds(seconds) : null;
        metadata.OneOf("exchangeKind", "fanout");
        metadata.OneOf("enableDeadLetter", "false");
        metadata.OneOf("publishMessagePropertiesToMetadata", "false");
        Ignored = metadata.End("concurrency");
    }

    /// <summary>Metadata that the file gives and that changes nothing here.</summary>
    public IReadOnlyList<string> Ignored { get; }

    public ConnectionFactory Connection { get; }
    public string ConsumerId { get; }
    public bool Durable { get; }

    /// <summary>Of queues and exchanges alike, so it has to be the same in all components that use a topic.</summary>
    public bool DeletedWhenUnused { get; }

    public bool AutoAck { get; }
    public bool RequeueInFailure { get; }
    public bool Persistent { get; }

    /// <summary>How many messages of a queue may be with the app at a time; 0 sets no limit.</summary>
    public ushort PrefetchCount { get; }

    public bool PublisherConfirm { get; }
    public bool OneAtATime { get; }
    public TimeSpan ReconnectWait { get; }
    public TimeSpan? MessageLifetime { get; }

    private int MaxLength { get; }
    private int MaxLengthBytes { get; }

    public Dictionary<string, object?> QueueArguments()
    {
        var arguments = new Dictionary<string, object?> { ["x-queue-type"] = "classic" };

        if (MaxLength > 0)
            arguments["x-max-length"] = MaxLength;
        if (MaxLengthBytes > 0)
            arguments["x-max-length-bytes"] = MaxLengthBytes;

        return arguments;
    }

    private static Uri Address(MetadataReader metadata)
    {
        var parts = new UriBuilder(metadata.OneOf("protocol", "amqp"), metadata.Take("hostname") ?? "localhost")
        {
            UserName = Uri.EscapeDataString(metadata.Take("username") ?? ""),
            Password = Uri.EscapeDataString(metadata.Take("password") ?? "")
        };

        // The text has a password in it, so it is not repeated.
        return metadata.Take("connectionString") is not { } text
            ? parts.Uri
            : Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme == "amqp"
                ? uri
                : throw metadata.Fault("connectionString is not an address such as amqp://user:password@host:5672");
    }
}
