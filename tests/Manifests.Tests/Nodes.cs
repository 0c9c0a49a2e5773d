using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>Ways through a YAML tree.</summary>
internal static class Nodes
{
    /// <summary>What is at this path; null where there is nothing.</summary>
    public static YamlNode? At(this YamlNode? node, params string[] path) =>
        path.Aggregate(node, (at, key) => at is YamlMappingNode map && map.Children.TryGetValue(key, out var child) ? child : null);

    public static string? Text(this YamlNode? node, params string[] path) => (node.At(path) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> List(this YamlNode? node, params string[] path) => node.At(path) as YamlSequenceNode ?? [];

    public static IEnumerable<string> Texts(this YamlNode? node, params string[] path) => node.List(path).Select(item => item.Text()!);

    public static IEnumerable<KeyValuePair<string, YamlNode>> Map(this YamlNode? node, params string[] path) =>
        node.At(path) is YamlMappingNode map ? map.Children.Select(child => KeyValuePair.Create(child.Key.Text()!, child.Value)) : [];

    public static string Kind(this YamlNode node) => node.Text("kind")!;

    public static string Name(this YamlNode node) => node.Text("metadata", "name")!;

    public static string Describe(this YamlNode node) => $"{node.Kind()} {node.Name()}";

    /// <summary>The paths of all leaves: <c>spec.metadata[].name</c>.</summary>
    public static IEnumerable<string> Leaves(this YamlNode node, string path = "") => node switch
    {
        YamlMappingNode { Children.Count: > 0 } map => map.Children.SelectMany(child => child.Value.Leaves(path.Length == 0 ? child.Key.Text()! : $"{path}.{child.Key.Text()}")),
        YamlSequenceNode { Children.Count: > 0 } list => list.SelectMany(item => item.Leaves($"{path}[]")),
        _ => [path],
    };

    /// <summary>The tree as text that two trees have in common exactly when they say the same.</summary>
    public static string Canonical(this YamlNode? node) => node switch
    {
        null => "",
        YamlScalarNode scalar => scalar.Value ?? "",
        YamlSequenceNode list => $"[{string.Join(", ", list.Select(Canonical))}]",
        YamlMappingNode map => $"{{{string.Join(", ", map.Children.OrderBy(child => child.Key.Text(), StringComparer.Ordinal).Select(child => $"{child.Key.Text()}: {child.Value.Canonical()}"))}}}",
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };
}
