using System.Runtime.CompilerServices;
using ChatApp.LocalStack.Sidecar;
using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Tests.Sidecar;

public sealed class ResourceTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("chatapp-resources-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("kind: Component\nspec: { type: pubsub.redis, version: v1 }", "type pubsub.redis is not supported")]
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
    [InlineData("auth", "auth.users", "chat.messages")]
    [InlineData("chat", "chat.deadletters", "users.profiles")]
    public void The_resources_of_the_system_let_an_app_publish_what_it_owns(string app, string own, string foreign)
    {
        var components = Path.Combine(Repository(), "components");
        using var shared = new SharedParts(new SidecarOptions
        {
            Apps = [],
            ResourcesPaths = [Path.Combine(components, "kafka"), Path.Combine(components, "shared")],
            ConfigFile = Path.Combine(components, "shared", "configuration.yaml"),
            Environment = new Dictionary<string, string> { ["KAFKA_BROKERS"] = "127.0.0.1:1" }
        });

        var scopes = shared.ViewOf(app).PubSubs["pubsub"].Scopes;
        Assert.True(scopes.MayPublish(own));
        Assert.False(scopes.MayPublish(foreign));
        Assert.True(shared.ViewOf("gateway").PubSubs.ContainsKey("realtime"));
        Assert.False(shared.ViewOf(app).PubSubs.ContainsKey("realtime"));

        var policies = new ResiliencyPolicies(shared.Resources.Resiliencies, app, TimeProvider.System);
        Assert.True(policies.Inbound("pubsub", "Pubsub") is { HasRetries: true });
    }

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

    private string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }

    private static string Repository([CallerFilePath] string file = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
