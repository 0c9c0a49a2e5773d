using ChatApp.LocalStack.Sidecar.Invocation;
using ChatApp.LocalStack.Sidecar.PubSub;
using ChatApp.LocalStack.Sidecar.Resources;
using ChatApp.LocalStack.Sidecar.Secrets;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>What the sidecars of one process have in common: files, stores, connections to brokers and apps.</summary>
internal sealed class SharedParts : IDisposable
{
    private readonly IReadOnlyDictionary<string, string> _environment;
    private readonly TimeSpan? _sessionTimeout;
    private readonly Dictionary<string, SecretStore> _stores = [];
    private readonly Dictionary<string, KafkaProducer> _producers = [];
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
            else if (component.Spec.Type != "pubsub.kafka")
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
        var pubSubs = components.Where(component => component.Type == "pubsub.kafka").Select(component => PubSub(component, appId));

        return new AppView(components, pubSubs.ToDictionary(pubSub => pubSub.Name), stores);
    }

    public void Dispose()
    {
        Http.Dispose();

        foreach (var producer in _producers.Values)
            producer.Dispose();

        _producers.Clear();
    }

    private static bool IsSecretStore(ComponentResource component) =>
        component.Spec.Type.StartsWith("secretstores.", StringComparison.Ordinal);

    private PubSubComponent PubSub(Component component, string appId)
    {
        var settings = new KafkaSettings(component, appId, _sessionTimeout);

        if (!_producers.TryGetValue(component.Name, out var producer))
        {
            _producers[component.Name] = producer = new KafkaProducer(settings);
            if (settings.Ignored.Count > 0)
                _notices.Add($"Component {component.Name}: {string.Join(", ", settings.Ignored)} has no effect here.");
        }

        return new PubSubComponent(component.Name, settings, producer, new TopicScopes(component.Metadata, appId));
    }
}

/// <summary>The components that one app sees.</summary>
internal sealed record AppView(
    IReadOnlyList<Component> Components, IReadOnlyDictionary<string, PubSubComponent> PubSubs, IReadOnlyDictionary<string, SecretStore> SecretStores);
