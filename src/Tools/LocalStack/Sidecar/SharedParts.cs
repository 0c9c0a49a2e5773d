using ChatApp.LocalStack.Sidecar.Invocation;
using ChatApp.LocalStack.Sidecar.PubSub;
using ChatApp.LocalStack.Sidecar.PubSub.Kafka;
using ChatApp.LocalStack.Sidecar.PubSub.RabbitMq;
using ChatApp.LocalStack.Sidecar.PubSub.Redis;
using ChatApp.LocalStack.Sidecar.Resources;
using ChatApp.LocalStack.Sidecar.Secrets;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>What the sidecars of one process have in common: files, stores, connections to brokers and apps.</summary>
internal sealed class SharedParts : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeSpan? _sessionTimeout;
    private readonly Dictionary<string, SecretStore> _stores = [];
    private readonly Dictionary<string, IDisposable> _connections = [];
    private readonly Dictionary<string, PartitionEnds> _ends = [];
    private readonly List<string> _notices = [];

    public SharedParts(SidecarOptions options)
    {
        _environment = options.Environment;
        _sessionTimeout = options.SessionTimeoutMs is { } milliseconds ? TimeSpan.FromMilliseconds(milliseconds) : null;
        Resources = ResourceLoader.Load(options.ResourcesPaths, options.ConfigFile, options.Environment);

        foreach (var component in Resources.Components)
        {
            if (IsSecretStore(component))
                _stores[component.Metadata.Name] = SecretStore.From(component, _environment);
            else if (!IsPubSub(component.Spec.Type))
                throw new ResourceException($"Component {component.Metadata.Name}: type {component.Spec.Type} is not supported.");
        }
    }

    public ResourceSet Resources { get; }

    /// <summary>What the files ask for without effect here; complete once every app has its view.</summary>
    public IReadOnlyList<string> Notices => [.. Resources.Notices, .. _notices];

    public AppDirectory Directory { get; } = new();
    public HttpMessageInvoker Http { get; } = AppChannel.NewHttp();

    public AppView ViewOf(string appId)
    {
        var resources = Resources.Components.Where(component => component.IsFor(appId)).ToList();
        var stores = resources.Where(IsSecretStore).Select(component => _stores[component.Metadata.Name]).ToDictionary(store => store.Name);
        var components = resources.Select(component => Component.Resolve(component, appId, _stores, _environment)).ToList();
        var pubSubs = components.Where(component => IsPubSub(component.Type)).Select(component => PubSub(component, appId));

        return new AppView(components, pubSubs.ToDictionary(pubSub => pubSub.Name), stores);
    }

    public void Dispose()
    {
        Http.Dispose();

        foreach (var connection in _connections.Values)
            connection.Dispose();

        _connections.Clear();
    }

    private static bool IsSecretStore(ComponentResource component) =>
        component.Spec.Type.StartsWith("secretstores.", StringComparison.Ordinal);

    private static bool IsPubSub(string type) => type is "pubsub.kafka" or "pubsub.redis" or "pubsub.rabbitmq";

    private PubSubComponent PubSub(Component component, string appId)
    {
        var isNew = !_connections.ContainsKey(component.Name);
        var broker = Broker(component, appId);

        if (isNew && broker.Ignored.Count > 0)
            _notices.Add($"Component {component.Name}: {string.Join(", ", broker.Ignored)} has no effect here.");

        return new PubSubComponent(component.Name, broker, new TopicScopes(component.Metadata, appId));
    }

    private IBroker Broker(Component component, string appId)
    {
        switch (component.Type)
        {
            case "pubsub.redis":
                var redis = new RedisSettings(component, appId);
                return new RedisBroker(component.Name, redis, Shared(component.Name, () => new RedisConnection(redis.Options)));

            case "pubsub.rabbitmq":
                var rabbit = new RabbitSettings(component, appId);
                return new RabbitBroker(component.Name, rabbit, Shared(component.Name, () => new RabbitPublisher(rabbit)));

            default:
                var kafka = new KafkaSettings(component, appId, _sessionTimeout);
                var ends = _sessionTimeout is null ? null : EndsOf(kafka.Brokers);
                return new KafkaBroker(component.Name, kafka, Shared(component.Name, () => new KafkaProducer(kafka, ends)), ends);
        }
    }

    private PartitionEnds EndsOf(string cluster)
    {
        if (!_ends.TryGetValue(cluster, out var ends))
            _ends[cluster] = ends = new PartitionEnds();

        return ends;
    }

    /// <summary>A component's way to publish: one for all apps of this process.</summary>
    private T Shared<T>(string name, Func<T> create)
        where T : IDisposable
    {
        if (!_connections.TryGetValue(name, out var connection))
            _connections[name] = connection = create();

        return (T)connection;
    }
}

/// <summary>The components that one app sees.</summary>
internal sealed record AppView(
    IReadOnlyList<Component> Components, IReadOnlyDictionary<string, PubSubComponent> PubSubs, IReadOnlyDictionary<string, SecretStore> SecretStores);
