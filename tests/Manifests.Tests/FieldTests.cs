using k8s;
using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>Nothing is written that would be ignored.</summary>
public sealed class FieldTests
{
    public static readonly TheoryData<string> DaprFiles = new(
        Directory.EnumerateFiles(Repository.Path("components"), "*.yaml", SearchOption.AllDirectories)
            .Concat(Directory.EnumerateFiles(Repository.Path("deploy", "compose"), "*.yaml")));

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void Kubernetes_knows_every_field(string overlay) =>
        Assert.All(Overlays.Named(overlay).Where(resource => !DaprFields.Describes(resource.Kind())), resource => Assert.Single(AsTyped(resource)));

    [Fact]
    public void The_check_sees_a_misspelt_field()
    {
        var service = Kustomize.Build("deploy/kubernetes/overlays/production").Find("Deployment", "chat");
        ((YamlMappingNode)service.Pod()).Add("terminationGraceSeconds", "45");

        Assert.ThrowsAny<Exception>(() => AsTyped(service));
        Assert.False(DaprFields.Knows(DaprFields.Of("Component"), "spec.metadata[].valeu"));
    }

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void Dapr_knows_every_field_in_the_cluster(string overlay) =>
        Assert.All(Overlays.Named(overlay).Where(resource => DaprFields.Describes(resource.Kind())), Check);

    [Theory]
    [MemberData(nameof(DaprFiles))]
    public void Dapr_knows_every_field_of_a_file(string file) => Assert.All(Repository.Load(file), Check);

    [Fact]
    public void Dapr_knows_every_field_of_the_run_file() =>
        Assert.All(Repository.Yaml("dapr.yaml").Leaves(), leaf => Assert.True(DaprFields.Knows(DaprFields.RunFile, leaf), leaf));

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void The_injector_knows_every_annotation(string overlay) =>
        Assert.All(
            Overlays.Named(overlay).OfKind("Deployment").SelectMany(service => service.Map("spec", "template", "metadata", "annotations")),
            annotation => Assert.Contains(annotation.Key, DaprFields.Annotations.Select(name => $"dapr.io/{name}")));

    [Theory]
    [MemberData(nameof(Overlays.Names), MemberType = typeof(Overlays))]
    public void A_policy_that_is_named_is_there(string overlay) =>
        Assert.All(Overlays.Named(overlay).OfKind("Resiliency"), CheckPolicies);

    /// <summary>In the types of the official client, which know each field of Kubernetes.</summary>
    private static List<object> AsTyped(YamlMappingNode resource)
    {
        using var text = new StringWriter();
        new YamlStream(new YamlDocument(resource)).Save(text, assignAnchors: false);
        return KubernetesYaml.LoadAllFromString(text.ToString(), strict: true);
    }

    private static void Check(YamlNode resource)
    {
        var fields = DaprFields.Of(resource.Kind()).ToList();
        Assert.All(resource.Leaves(), leaf => Assert.True(DaprFields.Knows(fields, leaf), $"{resource.Describe()}: {leaf}"));
        if (resource.Kind() == "Component")
        {
            Assert.NotEmpty(resource.List("scopes"));
            Assert.All(resource.List("spec", "metadata"), entry => Assert.Contains(entry.Text("name")!, DaprFields.Metadata[resource.Text("spec", "type")!]));
        }

        if (resource.Kind() == "Resiliency")
            CheckPolicies(resource);
    }

    private static void CheckPolicies(YamlNode resiliency)
    {
        var targets = resiliency.Map("spec", "targets", "apps").Select(app => app.Value)
            .Concat(resiliency.Map("spec", "targets", "components").SelectMany(component => component.Value.Map().Select(direction => direction.Value)));
        Assert.All(targets.SelectMany(target => target.Map()), use => Assert.NotNull(
            resiliency.At("spec", "policies", use.Key == "retry" ? "retries" : $"{use.Key}s", use.Value.Text()!)));
    }
}
