using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>What every pod of ours promises.</summary>
public sealed class HardeningTests
{
    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void A_pod_is_an_ordinary_user_without_rights(string overlay) => Assert.All(Workloads(overlay), workload =>
    {
        Assert.Equal("true", workload.Pod().Text("securityContext", "runAsNonRoot"));
        Assert.Equal("RuntimeDefault", workload.Pod().Text("securityContext", "seccompProfile", "type"));
        Assert.Equal("false", workload.Container().Text("securityContext", "allowPrivilegeEscalation"));
        Assert.Equal(["ALL"], workload.Container().Texts("securityContext", "capabilities", "drop"));
        Assert.Equal("false", workload.Pod().Text("automountServiceAccountToken"));
        Assert.Equal("false", workload.Pod().Text("enableServiceLinks"));
        Assert.NotNull(workload.Container().Text("resources", "requests", "memory"));
        Assert.NotNull(workload.Container().Text("resources", "limits", "memory"));
    });

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void A_service_writes_to_no_file_and_is_asked_how_it_is(string overlay) => Assert.All(Overlays.Named(overlay).OfKind("Deployment"), service =>
    {
        var container = service.Container();
        Assert.Equal("true", container.Text("securityContext", "readOnlyRootFilesystem"));
        Assert.Equal("/health/live", container.Text("startupProbe", "httpGet", "path"));
        Assert.Equal("/health/live", container.Text("livenessProbe", "httpGet", "path"));
        Assert.Equal("/health/ready", container.Text("readinessProbe", "httpGet", "path"));
        Assert.Equal(service.Name(), service.Pod().Text("serviceAccountName"));
    });

    /// <summary>The sidecar must outlive the app, which publishes while it ends, and the pod must outlive both.</summary>
    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void A_pod_has_the_time_to_end(string overlay) => Assert.All(Overlays.Named(overlay).OfKind("Deployment"), service =>
    {
        const int ShutdownOfTheHost = 10;
        int Seconds(YamlNode? node, params string[] path) => int.Parse(node.Text(path)!.TrimEnd('s'), System.Globalization.CultureInfo.InvariantCulture);

        var annotations = service.At("spec", "template", "metadata", "annotations");
        var app = Seconds(service.Container(), "lifecycle", "preStop", "sleep", "seconds") + ShutdownOfTheHost;
        var sidecar = Seconds(annotations, "dapr.io/block-shutdown-duration");
        Assert.True(app < sidecar);
        Assert.True(sidecar + Seconds(annotations, "dapr.io/graceful-shutdown-seconds") < Seconds(service.Pod(), "terminationGracePeriodSeconds"));
    });

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void Every_service_may_be_disturbed_one_pod_at_a_time_and_grows_by_its_load(string overlay)
    {
        var resources = Overlays.Named(overlay);
        foreach (var service in resources.OfKind("Deployment"))
        {
            var labels = service.Map("spec", "template", "metadata", "labels").ToDictionary(label => label.Key, label => label.Value.Text());
            Assert.All(service.Map("spec", "selector", "matchLabels"), label => Assert.Equal(labels[label.Key], label.Value.Text()));
            Assert.All(
                resources.Find("PodDisruptionBudget", service.Name()).Map("spec", "selector", "matchLabels"), label => Assert.Equal(labels[label.Key], label.Value.Text()));
            Assert.Single(resources.OfKind("HorizontalPodAutoscaler", "ScaledObject"), scaler => scaler.Text("spec", "scaleTargetRef", "name") == service.Name());
        }
    }

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void All_traffic_is_denied_first(string overlay)
    {
        var first = Overlays.Named(overlay).Find("NetworkPolicy", "deny-all").At("spec");

        Assert.Empty(first.Map("podSelector"));
        Assert.Equal(["Ingress", "Egress"], first.Texts("policyTypes"));
        Assert.Null(first.At("ingress"));
        Assert.Null(first.At("egress"));
    }

    /// <summary>Secrets of production come from outside; those of the local overlay are generated. Their names must fit.</summary>
    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void What_a_pod_refers_to_is_there(string overlay)
    {
        var resources = Overlays.Named(overlay);
        string[] outside = ["auth", "user", "chat", "notification", "app-api-token", "dapr-api-token", "kafka", "store-certificates", "gateway-tls"];
        var secrets = overlay == "local" ? resources.OfKind("Secret").Select(secret => secret.Name()).ToArray() : outside;
        var maps = resources.OfKind("ConfigMap").Select(map => map.Name()).ToArray();

        Assert.All(resources, resource =>
        {
            Assert.All(Values(resource, "secretRef", "name"), name => Assert.Contains(name, secrets));
            Assert.All(Values(resource, "secretKeyRef", "name"), name => Assert.Contains(name, secrets));
            Assert.All(Values(resource, "configMap", "name"), name => Assert.Contains(name, maps));
        });
        Assert.All(resources.OfKind("Deployment"), service =>
        {
            var annotations = service.At("spec", "template", "metadata", "annotations");
            Assert.Contains(annotations.Text("dapr.io/api-token-secret")!, secrets);
            Assert.Contains(annotations.Text("dapr.io/app-token-secret")!, secrets);
            Assert.NotNull(resources.Find("Configuration", annotations.Text("dapr.io/config")!));
            Assert.NotNull(resources.Find("ServiceAccount", service.Name()));
        });
    }

    [Fact]
    public void Production_speaks_to_the_broker_by_TLS_and_with_a_password_from_a_secret() =>
        Assert.All(Overlays.Production.OfKind("Component"), component =>
        {
            var metadata = component.List("spec", "metadata").ToDictionary(entry => entry.Text("name")!);
            Assert.Equal("password", metadata["authType"].Text("value"));
            Assert.DoesNotContain("disableTls", metadata.Keys);
            Assert.All((string[])["brokers", "saslUsername", "saslPassword", "caCert"], name => Assert.Equal("kafka", metadata[name].Text("secretKeyRef", "name")));
        });

    private static IEnumerable<YamlMappingNode> Workloads(string overlay) => Overlays.Named(overlay).OfKind("Deployment", "StatefulSet", "Job");

    private static IEnumerable<string> Values(YamlNode node, string parent, string key) => node switch
    {
        YamlMappingNode map => map.Children.SelectMany(child =>
            child.Key.Text() == parent && child.Value.Text(key) is { } value ? [value] : Values(child.Value, parent, key)),
        YamlSequenceNode list => list.SelectMany(item => Values(item, parent, key)),
        _ => [],
    };
}
