using ChatApp.LocalStack.Sidecar;
using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.PubSub.Kafka;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class ResourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatapp-resources-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("kind: Component\nspec: { type: pubsub.pulsar, version: v1 }", "type pubsub.pulsar is not supported")]
    [InlineData("kind: Component\nspec: { type: pubsub.kafka, version: v1, colour: red }", "colour")]
    [InlineData("kind: HTTPEndpoint", "HTTPEndpoint")]
    [InlineData("kind: Resiliency\nspec: { policies: { retries: { r: { policy: linear } } } }", "linear")]
    [InlineData("kind: Resiliency\nspec: { policies: { retries: { r: { matching: { httpStatusCodes: \"700\" } } } } }", "700")]
    [InlineData("kind: Resiliency\nspec: { policies: { timeouts: { t: soon } } }", "soon")]
    [InlineData("kind: Resiliency\nspec: { policies: { circuitBreakers: { c: { trip: requests * 2 > 5 } } } }", "requests * 2 > 5")]
    [InlineData("kind: Resiliency\nspec: { targets: { apps: { a: { retry: none } } } }", "none")]
    [InlineData("kind: Resiliency\nspec: { targets: { actors: { a: {} } } }", "actors")]
    [InlineData("kind: [", "line")]
    public void What_is_not_supported_is_refused_by_name(string yaml, string expected)
    {
        Write("resource.yaml", "apiVersion: dapr.io/v1alpha1\nmetadata: { name: x }\n" + yaml);

        Assert.Contains(expected, Assert.Throws<ResourceException>(() => View("a")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("colour", "red", "colour")]
    [InlineData("authType", "oidc", "authType")]
    [InlineData("initialOffset", "middle", "initialOffset")]
    [InlineData("consumerGroupRebalanceStrategy", "sticky", "consumerGroupRebalanceStrategy")]
    public void Metadata_of_a_component_that_is_not_supported_is_refused_by_name(string name, string value, string expected)
    {
        Write("pubsub.yaml", Plan.Component("pubsub", new() { [name] = value }));

        Assert.Contains(expected, Assert.Throws<ResourceException>(() => View("a")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis", "colour", "red", "colour")]
    [InlineData("redis", "enableTLS", "true", "enableTLS")]
    [InlineData("redis", "redisType", "cluster", "redisType")]
    [InlineData("redis", "failover", "true", "failover")]
    [InlineData("redis", "concurrency", "0", "concurrency")]
    [InlineData("redis", "processingTimeout", "soon", "soon")]
    [InlineData("rabbitmq", "colour", "red", "colour")]
    [InlineData("rabbitmq", "exchangeKind", "topic", "exchangeKind")]
    [InlineData("rabbitmq", "enableDeadLetter", "true", "enableDeadLetter")]
    [InlineData("rabbitmq", "concurrencyMode", "double", "concurrencyMode")]
    [InlineData("rabbitmq", "deliveryMode", "3", "deliveryMode")]
    [InlineData("rabbitmq", "caCert", "x", "caCert")]
    [InlineData("rabbitmq", "connectionString", "amqps://x", "connectionString")]
    public void Metadata_that_is_not_supported_is_refused_by_name_for_each_broker(string kind, string name, string value, string expected)
    {
        var required = kind == "redis" ? "{ name: redisHost, value: \"x:1\" }" : "{ name: clientName, value: x }";
        Write("pubsub.yaml",
            $$"""
              apiVersion: dapr.io/v1alpha1
              kind: Component
              metadata: { name: pubsub }
              spec: { type: pubsub.{{kind}}, version: v1, metadata: [{{required}}, { name: {{name}}, value: "{{value}}" }] }
              """);

        Assert.Contains(expected, Assert.Throws<ResourceException>(() => View("a")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_that_leads_nowhere_is_refused()
    {
        Write("pubsub.yaml", Plan.Component("pubsub", []));

        Assert.Contains("KAFKA_BROKERS", Assert.Throws<ResourceException>(() => View("a", brokers: null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Components_are_seen_by_the_apps_in_their_scope_with_their_own_values()
    {
        Write("pubsub.yaml", Plan.Component("pubsub", new() { ["consumerID"] = "{appID}-{uuid}" }) + "\nscopes: [a, b]");

        var (a, other) = (View("a"), View("a"));
        Assert.StartsWith("a-", Group(a), StringComparison.Ordinal);
        Assert.NotEqual(Group(a), Group(other));
        Assert.Empty(View("c").PubSubs);
    }

    [Theory]
    [InlineData("mtls: { enabled: true }", "mtls")]
    [InlineData("api: { allowed: [] }", "api")]
    [InlineData("httpPipeline: { handlers: [] }", "httpPipeline")]
    [InlineData("accessControl: { defaultAction: maybe }", "defaultAction")]
    public void A_configuration_that_would_mislead_is_refused(string spec, string expected)
    {
        var file = Write("configuration.txt", "apiVersion: dapr.io/v1alpha1\nkind: Configuration\nmetadata: { name: c }\nspec: { " + spec + " }");

        Assert.Contains(expected,
            Assert.Throws<ResourceException>(() => ResourceLoader.Load([_folder], file, new Dictionary<string, string>())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kafka")]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public void The_resources_of_the_system_let_an_app_publish_what_it_owns_with_each_broker(string kind)
    {
        using var shared = OfTheSystem(kind);

        foreach (var (app, own, foreign) in new[] { ("auth", "auth.users", "chat.messages"), ("chat", "chat.deadletters", "users.profiles") })
        {
            var scopes = shared.ViewOf(app).PubSubs["pubsub"].Scopes;
            Assert.True(scopes.MayPublish(own));
            Assert.False(scopes.MayPublish(foreign));
            Assert.True(shared.ViewOf("gateway").PubSubs.ContainsKey("realtime"));
            Assert.False(shared.ViewOf(app).PubSubs.ContainsKey("realtime"));

            var policies = new ResiliencyPolicies(shared.Resources.Resiliencies, app, TimeProvider.System);
            Assert.True(policies.Inbound("pubsub", "Pubsub") is { HasRetries: true });
        }
    }

    [Theory]
    [InlineData("kafka")]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public void The_resources_of_the_system_have_a_policy_for_every_app_and_component(string broker)
    {
        var resources = ResourceLoader.Load(
            [Path.Combine(SystemFiles.Components, broker), Path.Combine(SystemFiles.Components, "shared")],
            Path.Combine(SystemFiles.Components, "shared", "configuration.yaml"),
            new Dictionary<string, string>());
        var targets = resources.Resiliencies.Single().Spec.Targets;

        Assert.Equal(["auth", "chat", "gateway", "notification", "user"], targets.Apps.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(["deadletters", "pubsub", "realtime"], targets.Components.Keys.Order(StringComparer.Ordinal));
        var policies = new ResiliencyPolicies(resources.Resiliencies, "chat", TimeProvider.System);
        Assert.All(targets.Components.Keys, component => Assert.True(policies.Inbound(component, "Pubsub") is { HasRetries: true }, component));
    }

    /// <summary>Every attempt to its time-out, every pause at its longest.</summary>
    [Theory]
    [InlineData("pubsub", "191 s", "61 s")]
    [InlineData("realtime", "13 s", "1 s")]
    public void How_long_a_partition_can_be_held_up_is_written_down(string component, string bound, string boundWhenFailuresAreQuick)
    {
        var spec = ResourceLoader.Load([Path.Combine(SystemFiles.Components, "shared")], null, new Dictionary<string, string>()).Resiliencies.Single().Spec;
        var inbound = spec.Targets.Components[component].Inbound!;
        var (timeout, retry) = (GoDuration.Parse(spec.Policies.Timeouts[inbound.Timeout!]), RetryPolicy.From(component, spec.Policies.Retries[inbound.Retry!]));
        Assert.True(retry.MaxRetries > 0, "retries without an end hold up a partition for ever");

        var pauses = Enumerable.Range(1, retry.MaxRetries).Sum(number => retry.LongestDelay(number).TotalSeconds);
        var longest = (retry.MaxRetries + 1) * timeout.TotalSeconds + pauses;
        var page = File.ReadAllText(Path.Combine(SystemFiles.Components, "..", "docs", "operations.md"));

        Assert.Equal((bound, boundWhenFailuresAreQuick), ($"{Math.Ceiling(longest)} s", $"{Math.Ceiling(pauses)} s"));
        Assert.Contains($"| `{component}` | {bound} | {boundWhenFailuresAreQuick} |", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("rabbitmq")]
    public void The_brokers_differ_in_nothing_that_says_who_may_use_a_topic(string kind)
    {
        using var kafka = OfTheSystem("kafka");
        using var other = OfTheSystem(kind);

        Assert.Equal(ScopesOf(kafka), ScopesOf(other));

        static IEnumerable<string> ScopesOf(SharedParts shared) =>
            from component in shared.Resources.Components
            from entry in component.Spec.Metadata
            where entry.Name.EndsWith("Scopes", StringComparison.Ordinal)
            orderby component.Metadata.Name, entry.Name
            select $"{component.Metadata.Name} for {string.Join(",", component.Scopes ?? [])}: {entry.Name} = {entry.Value}";
    }

    private static SharedParts OfTheSystem(string kind) => new(new SidecarOptions
    {
        Apps = [],
        ResourcesPaths = [Path.Combine(SystemFiles.Components, kind), Path.Combine(SystemFiles.Components, "shared")],
        ConfigFile = Path.Combine(SystemFiles.Components, "shared", "configuration.yaml"),
        Environment = new Dictionary<string, string>
        {
            ["KAFKA_BROKERS"] = "127.0.0.1:1",
            ["REDIS_HOST"] = "127.0.0.1:1",
            ["REDIS_PASSWORD"] = "x",
            ["RABBITMQ_URL"] = "amqp://x:x@127.0.0.1:1/"
        }
    });

    private AppView View(string appId, string? brokers = "127.0.0.1:1")
    {
        using var shared = new SharedParts(new SidecarOptions
        {
            Apps = [],
            ResourcesPaths = [_folder],
            Environment = brokers is null ? new Dictionary<string, string>() : new Dictionary<string, string> { ["KAFKA_BROKERS"] = brokers }
        });
        _ = new ResiliencyPolicies(shared.Resources.Resiliencies, appId, TimeProvider.System);
        return shared.ViewOf(appId);
    }

    private static string Group(AppView view) => ((KafkaBroker)view.PubSubs["pubsub"].Broker).Settings.ConsumerGroup;

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
