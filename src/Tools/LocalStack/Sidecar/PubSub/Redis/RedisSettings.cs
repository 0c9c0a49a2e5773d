using ChatApp.LocalStack.Sidecar.Resources;
using StackExchange.Redis;

namespace ChatApp.LocalStack.Sidecar.PubSub.Redis;

/// <summary>The metadata of a pubsub.redis component; what this sidecar cannot do is refused by name.</summary>
internal sealed class RedisSettings
{
    public RedisSettings(Component component, string appId)
    {
        var metadata = new MetadataReader(component);

        Options = new ConfigurationOptions
        {
            EndPoints = { metadata.Require("redisHost") },
            User = metadata.Take("redisUsername"),
            Password = metadata.Take("redisPassword"),
            DefaultDatabase = metadata.Number("redisDB", 0),
            AbortOnConnectFail = false,
            ConnectTimeout = 2000,
            ReconnectRetryPolicy = new LinearRetry(500),
            Protocol = RedisProtocol.Resp2
        };
        Group = metadata.Take("consumerID") ?? appId;
        QueueDepth = metadata.Number("queueDepth", 100);
        Concurrency = metadata.Number("concurrency", 10);
        ProcessingTimeout = metadata.Duration("processingTimeout", "60s");
        RedeliverInterval = metadata.Duration("redeliverInterval", "15s");
        MaxLength = metadata.Number("maxLenApprox", 0);
        StreamLifetime = metadata.Duration("streamTTL", "0");
        metadata.OneOf("redisType", "node");
        metadata.OneOf("failover", "false");
        metadata.OneOf("enableTLS", "false");
        Ignored = metadata.End(
            "redisMaxRetries", "redisMinRetryInterval", "redisMaxRetryInterval", "dialTimeout", "readTimeout", "writeTimeout", "poolSize",
            "minIdleConns", "maxConnAge", "poolTimeout", "idleTimeout", "idleCheckFrequency");

        if (QueueDepth < 1 || Concurrency < 1)
            throw metadata.Fault("queueDepth and concurrency have to be 1 or more");
    }

    /// <summary>Metadata that the file gives and that changes nothing here.</summary>
    public IReadOnlyList<string> Ignored { get; }

    public ConfigurationOptions Options { get; }

    /// <summary>The name of the group, and of every consumer in it.</summary>
    public string Group { get; }

    /// <summary>How many messages are read ahead.</summary>
    public int QueueDepth { get; }

    /// <summary>How many messages are handled at a time, whatever their topics: with more than one there is no order.</summary>
    public int Concurrency { get; }

    /// <summary>The time for one message; what has been unacknowledged for longer is delivered again.</summary>
    public TimeSpan ProcessingTimeout { get; }

    public TimeSpan RedeliverInterval { get; }

    public bool Redelivers => ProcessingTimeout > TimeSpan.Zero && RedeliverInterval > TimeSpan.Zero;

    /// <summary>About how many messages a stream keeps; 0 keeps all.</summary>
    public int MaxLength { get; }

    /// <summary>For how long a stream keeps a message; zero keeps it for ever.</summary>
    public TimeSpan StreamLifetime { get; }
}
