namespace ChatApp.Manifests.Tests;

/// <summary>
/// What the Dapr operator's definitions of Component, Configuration and Resiliency, and the sidecar's annotations, know
/// (<see href="https://docs.dapr.io/reference/resource-specs/"/>). Dapr ignores the rest without a word, so a misspelt field must not get there.
/// </summary>
internal static class DaprFields
{
    private static readonly string[] Head = ["apiVersion", "kind", "metadata.name", "metadata.namespace", "scopes[]"];

    private static readonly Dictionary<string, string[]> OfKind = new()
    {
        ["Component"] =
        [
            "auth.secretStore", "spec.type", "spec.version", "spec.ignoreErrors", "spec.initTimeout", "spec.metadata",
            "spec.metadata[].name", "spec.metadata[].value", "spec.metadata[].envRef", "spec.metadata[].secretKeyRef.name", "spec.metadata[].secretKeyRef.key",
        ],
        ["Configuration"] =
        [
            "spec.tracing.samplingRate", "spec.tracing.otel.endpointAddress", "spec.tracing.otel.isSecure", "spec.tracing.otel.protocol",
            "spec.secrets.scopes[].storeName", "spec.secrets.scopes[].defaultAccess", "spec.secrets.scopes[].allowedSecrets[]",
            "spec.nameResolution.component", "spec.nameResolution.version", "spec.nameResolution.configuration.format",
            "spec.accessControl.trustDomain", "spec.accessControl.defaultAction", "spec.accessControl.policies[].appId",
            "spec.accessControl.policies[].defaultAction", "spec.accessControl.policies[].trustDomain", "spec.accessControl.policies[].namespace",
            "spec.accessControl.policies[].operations[].name", "spec.accessControl.policies[].operations[].httpVerb[]",
            "spec.accessControl.policies[].operations[].action",
        ],
        ["Resiliency"] =
        [
            "spec.policies.timeouts.*", "spec.policies.retries.*.policy", "spec.policies.retries.*.duration", "spec.policies.retries.*.maxInterval",
            "spec.policies.retries.*.maxRetries", "spec.policies.retries.*.matching.httpStatusCodes", "spec.policies.retries.*.matching.gRPCStatusCodes",
            "spec.policies.circuitBreakers.*.maxRequests", "spec.policies.circuitBreakers.*.interval", "spec.policies.circuitBreakers.*.timeout",
            "spec.policies.circuitBreakers.*.trip", "spec.targets.apps.*.timeout", "spec.targets.apps.*.retry", "spec.targets.apps.*.circuitBreaker",
            "spec.targets.components.*.inbound.timeout", "spec.targets.components.*.inbound.retry", "spec.targets.components.*.inbound.circuitBreaker",
            "spec.targets.components.*.outbound.timeout", "spec.targets.components.*.outbound.retry", "spec.targets.components.*.outbound.circuitBreaker",
        ],
        // KEDA's, of its triggers for Kafka and for the processor.
        ["ScaledObject"] =
        [
            "spec.scaleTargetRef.name", "spec.minReplicaCount", "spec.maxReplicaCount", "spec.cooldownPeriod", "spec.triggers[].type",
            "spec.triggers[].metricType", "spec.triggers[].metadata.containerName", "spec.triggers[].metadata.value",
            "spec.triggers[].metadata.bootstrapServers", "spec.triggers[].metadata.consumerGroup", "spec.triggers[].metadata.topic",
            "spec.triggers[].metadata.lagThreshold", "spec.triggers[].metadata.offsetResetPolicy", "spec.triggers[].metadata.sasl",
            "spec.triggers[].metadata.tls", "spec.triggers[].authenticationRef.name",
        ],
        ["TriggerAuthentication"] = ["spec.secretTargetRef[].parameter", "spec.secretTargetRef[].name", "spec.secretTargetRef[].key"],
    };

    /// <summary>The metadata of each type of component that is used.</summary>
    public static readonly Dictionary<string, string[]> Metadata = new()
    {
        ["pubsub.kafka"] =
        [
            "brokers", "authType", "saslUsername", "saslPassword", "saslMechanism", "disableTls", "skipVerify", "caCert", "clientCert", "clientKey",
            "consumerGroup", "consumerID", "clientID", "initialOffset", "version", "maxMessageBytes", "consumeRetryEnabled", "consumeRetryInterval",
            "backOffPolicy", "backOffDuration", "backOffMaxRetries", "backOffInitialInterval", "backOffMaxInterval", "heartbeatInterval", "sessionTimeout",
            "consumerGroupRebalanceStrategy", "channelBufferSize", "consumerFetchMin", "consumerFetchDefault", "compression", "escapeHeaders",
            "publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics",
        ],
        ["pubsub.redis"] =
        [
            "redisHost", "redisPassword", "redisUsername", "redisDB", "enableTLS", "redisType", "failover", "sentinelMasterName", "consumerID", "queueDepth",
            "concurrency", "processingTimeout", "redeliverInterval", "maxLenApprox", "streamTTL",
            "publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics",
        ],
        ["pubsub.rabbitmq"] =
        [
            "connectionString", "protocol", "hostname", "username", "password", "consumerID", "durable", "deletedWhenUnused", "autoAck", "requeueInFailure",
            "deliveryMode", "prefetchCount", "publisherConfirm", "enableDeadLetter", "exchangeKind", "concurrencyMode", "ttlInSeconds", "maxLen", "maxLenBytes",
            "reconnectWaitSeconds", "heartBeat", "clientName", "publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics",
        ],
        ["secretstores.local.env"] = ["prefix"],
    };

    public static readonly string[] Annotations =
    [
        "enabled", "app-id", "app-port", "app-protocol", "config", "log-level", "log-as-json", "enable-api-logging", "api-token-secret", "app-token-secret",
        "app-max-concurrency", "enable-metrics", "metrics-port", "sidecar-cpu-request", "sidecar-cpu-limit", "sidecar-memory-request", "sidecar-memory-limit",
        "sidecar-listen-addresses", "sidecar-seccomp-profile-type", "max-body-size", "read-buffer-size", "graceful-shutdown-seconds", "block-shutdown-duration",
        "enable-app-health-check", "app-health-check-path", "app-health-probe-interval", "app-health-probe-timeout", "app-health-threshold", "env",
        "disable-builtin-k8s-secret-store",
    ];

    /// <summary>What <c>dapr run -f</c> reads of a run file.</summary>
    public static readonly string[] RunFile =
    [
        "version", "name", "common.resourcesPaths[]", "common.configFilePath", "common.apiListenAddresses", "common.logLevel", "common.appLogDestination",
        "common.daprdLogDestination", "common.enableAppHealthCheck", "common.appHealthCheckPath", "common.appHealthProbeInterval", "common.appHealthProbeTimeout",
        "common.appHealthThreshold", "common.env.*", "apps[].appID", "apps[].appDirPath", "apps[].appPort", "apps[].daprHTTPPort", "apps[].daprGRPCPort",
        "apps[].command[]", "apps[].env.*",
    ];

    public static bool Describes(string kind) => OfKind.ContainsKey(kind);

    public static IEnumerable<string> Of(string kind) => Head.Concat(OfKind[kind]);

    /// <summary><c>*</c> in a field stands for a name of one's own.</summary>
    public static bool Knows(IEnumerable<string> fields, string leaf) => fields.Any(field =>
    {
        var (wanted, given) = (field.Split('.'), leaf.Split('.'));
        return wanted.Length == given.Length && wanted.Zip(given).All(pair => pair.First == "*" || pair.First == pair.Second);
    });
}
