using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>What <c>kubectl apply -k</c> would send.</summary>
internal static class Overlays
{
    private const string Folder = "deploy/kubernetes";

    public static readonly string[] Components = [$"{Folder}/components/keda", $"{Folder}/components/telemetry"];

    public static readonly string[] Kustomizations = [$"{Folder}/overlays/local", $"{Folder}/overlays/production", .. Components];

    public static readonly List<YamlMappingNode> Local = Kustomize.Build($"{Folder}/overlays/local");
    public static readonly List<YamlMappingNode> Production = Kustomize.Build($"{Folder}/overlays/production");
    public static readonly List<YamlMappingNode> Scaled = Kustomize.Build($"{Folder}/overlays/production", Components);

    public static readonly TheoryData<string> Names = new("local", "production", "scaled");

    public static List<YamlMappingNode> Named(string name) => name switch
    {
        "local" => Local,
        "production" => Production,
        _ => Scaled,
    };

    public static IEnumerable<YamlMappingNode> OfKind(this IEnumerable<YamlMappingNode> resources, params string[] kinds) =>
        resources.Where(resource => kinds.Contains(resource.Kind()));

    public static YamlMappingNode Find(this IEnumerable<YamlMappingNode> resources, string kind, string name) =>
        resources.OfKind(kind).Single(resource => resource.Name() == name);

    public static YamlNode Pod(this YamlNode workload) => workload.At("spec", "template", "spec")!;

    public static YamlNode Container(this YamlNode workload) => workload.Pod().List("containers").Single();
}
