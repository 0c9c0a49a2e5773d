using System.Net;
using System.Net.Http.Json;
using ChatApp.LocalStack.Broker;
using ChatApp.LocalStack.Sidecar;
using ChatApp.LocalStack.Tests.Broker;
using Dapr.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatApp.LocalStack.Tests.Sidecar;

/// <summary>What a test's system consists of; the defaults are one component "pubsub" on a Kafka of its own, whose new groups read everything.</summary>
internal sealed record Plan
{
    public IReadOnlyList<TestApp> Apps { get; init; } = [];

    /// <summary>Those of the apps that have no sidecar until the sidecars are started again.</summary>
    public IReadOnlyList<TestApp> AppsFromTheSecondStart { get; init; } = [];

    /// <summary>A server in place of the Kafka.</summary>
    public TestServer? Server { get; init; }

    public string[] Resources { get; init; } = [];
    public string? Configuration { get; init; }
    public Dictionary<string, string> PubSubMetadata { get; init; } = [];
    public Dictionary<string, string> Environment { get; init; } = [];
    public double DuplicateShare { get; init; }
    public double LateShare { get; init; }

    public string PubSub => Server is null
        ? Component("pubsub", With(PubSubMetadata, [new("backOffDuration", "20ms"), new("initialOffset", "oldest")]))
        : Component("pubsub", $"pubsub.{Server.Kind}", Server.Reference, PubSubMetadata);

    public static string Component(string name, Dictionary<string, string> metadata) =>
        Component(name, "pubsub.kafka", "- { name: brokers, envRef: KAFKA_BROKERS }\n  - { name: authType, value: none }", metadata);

    private static string Component(string name, string type, string reference, Dictionary<string, string> metadata) =>
        $$"""
          apiVersion: dapr.io/v1alpha1
          kind: Component
          metadata: { name: {{name}} }
          auth: { secretStore: environment }
          spec:
            type: {{type}}
            version: v1
            metadata:
            {{reference}}
            {{string.Join("\n  ", metadata.Select(entry => $"- {{ name: {entry.Key}, value: \"{entry.Value}\" }}"))}}
          """;

    private static Dictionary<string, string> With(Dictionary<string, string> metadata, KeyValuePair<string, string>[] defaults) =>
        new(defaults.Concat(metadata).GroupBy(entry => entry.Key).Select(group => group.Last()));
}

/// <summary>A broker, some apps on free ports, and the sidecars of all of them.</summary>
internal sealed class LocalSystem : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatapp-sidecar-").FullName;
    private readonly List<DaprClient> _clients = [];
    private readonly Lazy<MockCluster> _kafka = new(
        () => new MockCluster(new Dictionary<string, int> { ["orders"] = 4, ["news"] = 2, ["single"] = 1, ["dead"] = 1 }));
    private readonly Plan _plan;
    private List<TestApp> _apps;
    private SidecarHost? _host;

    private LocalSystem(Plan plan) => (_plan, _apps) = (plan, [.. plan.Apps.Except(plan.AppsFromTheSecondStart)]);

    public MockCluster Broker => _kafka.Value;

    public SidecarHost Host => _host!;

    public static async Task<LocalSystem> StartAsync(Plan plan)
    {
        var system = new LocalSystem(plan);
        await system.StartSidecarsAsync();
        return system;
    }

    public AppSidecar SidecarOf(TestApp app) => Host.Sidecars[_apps.IndexOf(app)];

    public Uri HttpOf(TestApp app) => new($"http://127.0.0.1:{SidecarOf(app).HttpPort}/");

    public DaprClient ClientOf(TestApp app)
    {
        var builder = new DaprClientBuilder()
            .UseHttpEndpoint(HttpOf(app).ToString())
            .UseGrpcEndpoint($"http://127.0.0.1:{SidecarOf(app).GrpcPort}");

        if (_plan.Environment.TryGetValue("DAPR_API_TOKEN", out var token))
            builder.UseDaprApiToken(token);

        var client = builder.Build();
        _clients.Add(client);
        return client;
    }

    /// <summary>A bulk publish over HTTP, the only way that gives an entry a key of its own.</summary>
    /// <param name="app">Whose sidecar takes it.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="entries">Its JSON.</param>
    public async Task<(HttpStatusCode Status, string Body)> PublishBulkAsync(TestApp app, string topic, IEnumerable<object> entries)
    {
        using var http = new HttpClient { BaseAddress = HttpOf(app) };
        using var response = await http.PostAsJsonAsync($"v1.0/publish/bulk/pubsub/{topic}", entries, Limit.Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Limit.Token));
    }

    /// <summary>Publishes texts in bulk, all with one key.</summary>
    public async Task PublishBulkAsync(TestApp app, string topic, params IEnumerable<string> texts) => Assert.Equal(
        (HttpStatusCode.NoContent, ""),
        await PublishBulkAsync(app, topic, texts.Select((text, i) => (object)new
        {
            entryId = $"{i}",
            @event = text,
            contentType = "text/plain",
            metadata = new { partitionKey = "k" }
        })));

    public async Task RestartSidecarsAsync()
    {
        await Host.DisposeAsync();
        _apps = [.. _plan.Apps];
        await StartSidecarsAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();

        if (_host is not null)
            await _host.DisposeAsync();

        foreach (var app in _plan.Apps)
            await app.DisposeAsync();

        if (_kafka.IsValueCreated)
            Broker.Dispose();

        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartSidecarsAsync()
    {
        var resources = Path.Combine(_folder, "resources");
        Directory.CreateDirectory(resources);
        foreach (var (text, index) in Resources().Select((text, index) => (text, index)))
            await File.WriteAllTextAsync(Path.Combine(resources, $"{index}.yaml"), text, Limit.Token);

        if (_plan.Configuration is not null)
            await File.WriteAllTextAsync(Path.Combine(_folder, "configuration.yaml"), _plan.Configuration, Limit.Token);

        _host = await SidecarHost.StartAsync(
            new SidecarOptions
            {
                Apps = [.. _apps.Select(app => new AppOptions(app.Id, app.Port))],
                ResourcesPaths = [resources],
                ConfigFile = _plan.Configuration is null ? null : Path.Combine(_folder, "configuration.yaml"),
                SessionTimeoutMs = 2000,
                DuplicateShare = _plan.DuplicateShare,
                LateShare = _plan.LateShare,
                Environment = new Dictionary<string, string>(_plan.Environment.Concat(
                    _plan.Server?.Environment ?? new() { ["KAFKA_BROKERS"] = Broker.Bootstrap }))
            },
            NullLogger.Instance);

        foreach (var sidecar in Host.Sidecars)
            await Limit.UntilAsync(() => sidecar.NotReady is null || sidecar.NotReady.Contains("not supported", StringComparison.Ordinal));
    }

    private IEnumerable<string> Resources()
    {
        // A file of the system stands for itself.
        if (!_plan.Resources.Any(text => text.Contains("name: pubsub\n", StringComparison.Ordinal)))
            yield return _plan.PubSub;
        if (_plan.Server is not null)
            yield return SystemFiles.SecretStore;
        foreach (var text in _plan.Resources)
            yield return text;
    }
}
