using System.Reflection;
using ChatApp.Contracts;
using ChatApp.LocalStack.Launch;
using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>The run file, the containers, the cluster and the local stack describe one system.</summary>
public sealed class ParityTests
{
    private static readonly IReadOnlyList<RunFileApp> Apps = RunFile.Read(Repository.Root).Apps;
    private static readonly YamlMappingNode RunFileYaml = Repository.Yaml("dapr.yaml");
    private static readonly YamlMappingNode Compose = Repository.Yaml("docker-compose.yml");
    private static readonly YamlMappingNode FullCompose = Repository.Yaml("docker-compose.full.yml");

    public static readonly TheoryData<string> AppIds = new(Apps.Select(app => app.AppId));

    [Fact]
    public void All_run_the_same_apps()
    {
        var apps = Apps.Select(app => app.AppId).Order();

        Assert.Equal(apps, Overlays.Production.OfKind("Deployment").Select(service => service.Name()).Order());
        Assert.Equal(apps, FullCompose.Map("services").Select(service => service.Key).Where(name => !name.EndsWith("-dapr", StringComparison.Ordinal)).Order());
        Assert.Equal(apps.Select(app => $"{app}-dapr"), FullCompose.Map("services").Select(service => service.Key).Where(name => name.EndsWith("-dapr", StringComparison.Ordinal)).Order());
        Assert.Equal(apps, Directory.GetDirectories(Repository.Path("src", "Services")).Select(folder => Path.GetFileName(folder).ToLowerInvariant()).Order());
    }

    [Theory]
    [MemberData(nameof(AppIds))]
    public void An_app_has_its_port_everywhere(string appId)
    {
        var port = $"{Apps.Single(app => app.AppId == appId).AppPort}";
        var service = Overlays.Production.Find("Deployment", appId);

        Assert.Equal(port, service.Container().List("ports").Single().Text("containerPort"));
        Assert.Equal(port, service.Text("spec", "template", "metadata", "annotations", "dapr.io/app-port"));
        Assert.Equal(port, Variables(service)["ASPNETCORE_HTTP_PORTS"]);
        Assert.Equal(port, FullCompose.Text("services", appId, "environment", "ASPNETCORE_HTTP_PORTS"));
        Assert.Contains($"--app-port={port}", FullCompose.Texts("services", $"{appId}-dapr", "command"));
    }

    [Theory]
    [MemberData(nameof(AppIds))]
    public void An_app_has_its_id_everywhere(string appId)
    {
        var service = Overlays.Production.Find("Deployment", appId);

        Assert.Equal(appId, Variables(service)["APP_ID"]);
        Assert.Equal(appId, service.Text("spec", "template", "metadata", "annotations", "dapr.io/app-id"));
        Assert.Equal(appId, FullCompose.Text("services", appId, "environment", "APP_ID"));
        Assert.Equal($"service:{appId}-dapr", FullCompose.Text("services", appId, "network_mode"));
        Assert.Contains($"--app-id={appId}", FullCompose.Texts("services", $"{appId}-dapr", "command"));
    }

    /// <summary>What an app gets besides the ports of its sidecar, which the injector sets in a cluster.</summary>
    [Theory]
    [MemberData(nameof(AppIds))]
    public void An_app_has_the_same_environment_everywhere(string appId)
    {
        var secrets = ChatEnv.Of(appId).Keys.ToList();
        var expected = secrets.Concat(["APP_ID", "ASPNETCORE_HTTP_PORTS", "APP_API_TOKEN", "DAPR_API_TOKEN"]).Order().ToList();
        var service = Overlays.Local.Find("Deployment", appId);
        var telemetry = (string[])["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"];

        // In a cluster somebody collects the logs.
        Assert.Equal(expected.Append("Logging__Console__FormatterName").Order(), Variables(service).Keys.Concat(secrets).Order());
        Assert.Equal(
            secrets.Count == 0 ? [] : [appId], service.Container().List("envFrom").Select(from => from.Text("secretRef", "name")!));
        Assert.Equal(
            expected.Concat(telemetry).Concat(["DAPR_HTTP_PORT", "DAPR_GRPC_PORT"]).Order(),
            FullCompose.Map("services", appId, "environment").Select(variable => variable.Key).Order());
        Assert.Equal(
            Variables(service).Keys.Concat(telemetry).Order(),
            Variables(Overlays.Scaled.Find("Deployment", appId)).Keys.Where(name => name is not ("SSL_CERT_DIR" or "ASPNETCORE_FORWARDEDHEADERS_ENABLED")).Order());
    }

    /// <summary>A migration has the environment of its service, but for what only a server needs.</summary>
    [Fact]
    public void Each_database_is_migrated_by_its_own_service()
    {
        var databases = ServiceDatabase.All.Select(database => database.AppId).Concat(MongoServiceDatabase.All.Select(database => database.AppId)).ToList();

        Assert.Equal(databases.Select(app => $"migrate-{app}").Order(), Overlays.Production.OfKind("Job").Select(job => job.Name()).Order());
        Assert.All(databases, app =>
        {
            var job = Overlays.Production.Find("Job", $"migrate-{app}").Container();
            Assert.Equal(Overlays.Production.Find("Deployment", app).Container().Text("image"), job.Text("image"));
            Assert.Equal(app, job.List("envFrom").Single().Text("secretRef", "name"));
            Assert.Equal(["db", "migrate"], job.Texts("args"));
        });
    }

    [Fact]
    public void All_have_the_same_topics_and_they_are_those_of_the_events()
    {
        var script = Repository.Read("deploy/kubernetes/stores/topics.sh");
        var topics = Words(script, "for topic in ", ";").ToDictionary(topic => topic, _ => 8)
            .Concat(Words(script, "for app in ", ";").ToDictionary(app => $"{app}.deadletters", _ => 1)).ToDictionary();

        Assert.Equal(MessageBroker.Topics, topics);
        Assert.Equal(EventTopics().Order(), topics.Keys.Where(topic => !topic.EndsWith(".deadletters", StringComparison.Ordinal)).Order());
    }

    /// <summary>An app that a scope does not name could use every topic.</summary>
    [Fact]
    public void A_topic_has_one_publisher_and_every_app_has_a_scope()
    {
        var metadata = Repository.Yaml("components/kafka/pubsub.yaml").List("spec", "metadata").ToDictionary(entry => entry.Text("name")!, entry => entry.Text("value") ?? "");
        var publishing = metadata["publishingScopes"].Split(';').Select(scope => scope.Split('=')).ToList();

        Assert.Equal(Apps.Select(app => app.AppId).Order(), publishing.Select(scope => scope[0]).Order());
        Assert.Equal(Apps.Select(app => app.AppId).Order(), metadata["subscriptionScopes"].Split(';').Select(scope => scope.Split('=')[0]).Order());
        var published = publishing.SelectMany(scope => scope[1].Split(',', StringSplitOptions.RemoveEmptyEntries)).ToList();
        Assert.Equal(published.Distinct(), published);
        Assert.Equal(MessageBroker.Topics.Keys.Order(), published.Order());
    }

    [Fact]
    public void Who_is_scaled_by_what_waits_is_scaled_by_all_that_it_reads()
    {
        var scopes = Repository.Yaml("components/kafka/pubsub.yaml").List("spec", "metadata").Single(entry => entry.Text("name") == "subscriptionScopes").Text("value")!;
        var reads = scopes.Split(';').Select(scope => scope.Split('=')).ToDictionary(scope => scope[0], scope => scope[1].Split(','));

        Assert.All(Overlays.Scaled.OfKind("ScaledObject"), scaled =>
        {
            var triggers = scaled.List("spec", "triggers").Where(trigger => trigger.Text("type") == "kafka").ToList();
            Assert.Equal(reads[scaled.Name()].Order(), triggers.Select(trigger => trigger.Text("metadata", "topic")!).Order());
            Assert.All(triggers, trigger => Assert.Equal(scaled.Name(), trigger.Text("metadata", "consumerGroup")));
        });
    }

    [Theory]
    [InlineData("pubsub")]
    [InlineData("realtime")]
    [InlineData("deadletters")]
    public void A_component_is_the_same_in_the_cluster_but_for_the_way_to_the_broker(string name)
    {
        var file = Repository.Yaml($"components/kafka/{name}.yaml");
        foreach (var overlay in (List<YamlMappingNode>[])[Overlays.Local, Overlays.Production])
        {
            var component = overlay.Find("Component", name);
            Assert.Equal(file.At("scopes").Canonical(), component.At("scopes").Canonical());
            Assert.Equal(Apart(file), Apart(component));
        }

        static IEnumerable<string> Apart(YamlNode component) => component.List("spec", "metadata")
            .Where(entry => entry.Text("name") is not ("brokers" or "authType" or "saslMechanism" or "saslUsername" or "saslPassword" or "caCert"))
            .Select(Nodes.Canonical).Order();
    }

    [Fact]
    public void Resiliency_is_the_same_in_the_cluster() =>
        Assert.Equal(
            Repository.Yaml("components/shared/resiliency.yaml").At("spec").Canonical(), Overlays.Production.Find("Resiliency", "chatapp").At("spec").Canonical());

    [Theory]
    [MemberData(nameof(AppIds))]
    public void A_sidecar_asks_its_app_the_same_everywhere(string appId)
    {
        var annotations = Overlays.Production.Find("Deployment", appId).At("spec", "template", "metadata", "annotations");
        var flags = FullCompose.Texts("services", $"{appId}-dapr", "command").ToList();
        foreach (var (ofRunFile, name) in (IEnumerable<(string, string)>)
            [("appHealthCheckPath", "app-health-check-path"), ("appHealthProbeInterval", "app-health-probe-interval"),
             ("appHealthProbeTimeout", "app-health-probe-timeout"), ("appHealthThreshold", "app-health-threshold"), ("logLevel", "log-level")])
        {
            var value = RunFileYaml.Text("common", ofRunFile);
            Assert.Equal(value, annotations.Text($"dapr.io/{name}"));
            Assert.Contains($"--{name}={value}", flags);
        }

        Assert.Contains("--enable-app-health-check", flags);
        Assert.Equal("true", annotations.Text("dapr.io/enable-app-health-check"));
        Assert.Equal("true", RunFileYaml.Text("common", "enableAppHealthCheck"));
        foreach (var path in RunFileYaml.Texts("common", "resourcesPaths"))
            Assert.Contains($"--resources-path={path.TrimStart('.')}", flags);
        Assert.Contains($"--config={RunFileYaml.Text("common", "configFilePath")!.TrimStart('.')}", flags);
    }

    [Fact]
    public void The_stores_are_of_one_version()
    {
        foreach (var store in (string[])["postgres", "mongo", "kafka"])
            Assert.Equal(Compose.Text("services", store, "image"), Overlays.Local.Find("StatefulSet", store).Container().Text("image"));
        Assert.Equal(Compose.Text("services", "topics", "image"), Overlays.Local.Find("Job", "kafka-topics").Container().Text("image"));
    }

    private static Dictionary<string, string?> Variables(YamlNode service) =>
        service.Container().List("env").ToDictionary(variable => variable.Text("name")!, variable => variable.Text("value"));

    private static string[] Words(string text, string after, string before)
    {
        var start = text.IndexOf(after, StringComparison.Ordinal) + after.Length;
        return text[start..text.IndexOf(before, start, StringComparison.Ordinal)].Split(' ');
    }

    private static IEnumerable<string> EventTopics() => typeof(IEvent).Assembly.GetTypes()
        .Where(type => type is { IsInterface: false } && type.IsAssignableTo(typeof(IEvent)))
        .Select(type => (string)type.GetProperty("Topic", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!)
        .Distinct();
}
