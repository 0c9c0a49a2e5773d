using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>Kubernetes' strategic merge: maps are merged, and those lists whose entries have a name; other lists are replaced.</summary>
internal static class Merging
{
    private static readonly Dictionary<string, string> Keys = new()
    {
        ["containers"] = "name",
        ["env"] = "name",
        ["volumes"] = "name",
        ["volumeMounts"] = "mountPath",
    };

    public static void Into(YamlMappingNode target, YamlMappingNode patch)
    {
        foreach (var (key, value) in patch.Children)
        {
            var there = target.Children.TryGetValue(key, out var child) ? child : null;
            if (there is YamlMappingNode map && value is YamlMappingNode more)
                Into(map, more);
            else if (there is YamlSequenceNode list && value is YamlSequenceNode others && Keys.TryGetValue(key.Text()!, out var name))
                Into(list, others, name);
            else
                target.Children[key] = Copy(value);
        }
    }

    private static void Into(YamlSequenceNode list, YamlSequenceNode patch, string key)
    {
        foreach (var item in patch.Cast<YamlMappingNode>())
        {
            if (list.FirstOrDefault(other => other.Text(key) == item.Text(key)) is YamlMappingNode same)
                Into(same, item);
            else
                list.Add(Copy(item));
        }
    }

    /// <summary>One patch is laid over several targets, which must not share a part of it.</summary>
    private static YamlNode Copy(YamlNode node) => node switch
    {
        YamlMappingNode map => new YamlMappingNode(map.Children.Select(child => KeyValuePair.Create(child.Key, Copy(child.Value)))),
        YamlSequenceNode list => new YamlSequenceNode(list.Select(Copy)),
        YamlScalarNode scalar => new YamlScalarNode(scalar.Value) { Style = scalar.Style },
        _ => throw new ArgumentOutOfRangeException(nameof(node)),
    };
}
