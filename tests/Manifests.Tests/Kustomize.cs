using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>The part of kustomize that deploy/kubernetes uses. What it does not know it refuses.</summary>
internal static class Kustomize
{
    private static readonly string[] Known =
        ["apiVersion", "kind", "sortOptions", "resources", "components", "patches", "images", "generatorOptions", "configMapGenerator", "secretGenerator"];

    public static List<YamlMappingNode> Build(string folder, params string[] components)
    {
        var resources = new List<YamlMappingNode>();
        Add(folder, resources);
        foreach (var component in components)
            Add(component, resources);
        return resources;
    }

    /// <summary>Every file that a kustomization names, itself and what it builds upon included; paths in secrets/ are written by <c>chat env</c>.</summary>
    public static IEnumerable<string> Files(string folder)
    {
        var kustomization = Repository.Yaml(Path.Combine(folder, "kustomization.yaml"));
        yield return Path.Combine(folder, "kustomization.yaml");
        var named = kustomization.Texts("resources").Concat(kustomization.Texts("components"))
            .Concat(kustomization.List("patches").Select(patch => patch.Text("path")!))
            .Concat(kustomization.List("configMapGenerator").SelectMany(generator => generator.Texts("files")));
        foreach (var name in named)
        {
            var path = Path.GetRelativePath(Repository.Root, Path.GetFullPath(name, Repository.Path(folder)));
            if (!Directory.Exists(Repository.Path(path)))
                yield return path;
            else
                foreach (var file in Files(path))
                    yield return file;
        }
    }

    private static void Add(string folder, List<YamlMappingNode> resources)
    {
        var kustomization = Repository.Yaml(Path.Combine(folder, "kustomization.yaml"));
        if (kustomization.Map().Select(entry => entry.Key).FirstOrDefault(key => !Known.Contains(key)) is { } unknown)
            throw new NotSupportedException($"{folder}: {unknown}");

        foreach (var name in kustomization.Texts("resources"))
        {
            var path = Path.Combine(folder, name);
            if (Directory.Exists(Repository.Path(path)))
                resources.AddRange(Build(path));
            else
                resources.AddRange(Repository.Load(Repository.Path(path)).Cast<YamlMappingNode>());
        }

        resources.AddRange(kustomization.List("configMapGenerator").Select(generator => Generated("ConfigMap", generator)));
        resources.AddRange(kustomization.List("secretGenerator").Select(generator => Generated("Secret", generator)));
        foreach (var component in kustomization.Texts("components"))
            Add(Path.Combine(folder, component), resources);
        foreach (var patch in kustomization.List("patches"))
            Patch(resources, patch, Repository.Load(Repository.Path(folder, patch.Text("path")!)).Single());
        foreach (var image in kustomization.List("images"))
            Rename(resources, image);
    }

    private static YamlMappingNode Generated(string kind, YamlNode generator) => new(
        new YamlScalarNode("apiVersion"), new YamlScalarNode("v1"),
        new YamlScalarNode("kind"), new YamlScalarNode(kind),
        new YamlScalarNode("metadata"), new YamlMappingNode("name", generator.Text("name")!, "namespace", generator.Text("namespace")!));

    private static void Patch(List<YamlMappingNode> resources, YamlNode entry, YamlNode patch)
    {
        var kind = entry.Text("target", "kind") ?? patch.Kind();
        var name = new Regex($"^(?:{entry.Text("target", "name") ?? (entry.At("target") is null ? patch.Name() : ".*")})$");
        var targets = resources.FindAll(resource => resource.Kind() == kind && name.IsMatch(resource.Name()));
        if (targets.Count == 0)
            throw new InvalidOperationException($"No {kind} is there to be patched by {entry.Text("path")}.");

        if (patch.Text("$patch") == "delete")
            resources.RemoveAll(targets.Contains);
        else
            targets.ForEach(target => PatchOne(target, patch));
    }

    private static void PatchOne(YamlMappingNode target, YamlNode patch)
    {
        if (patch is YamlMappingNode merge)
        {
            var name = target.Name();
            Merging.Into(target, merge);
            ((YamlMappingNode)target.At("metadata")!).Children["name"] = name;
            return;
        }

        foreach (var operation in (YamlSequenceNode)patch)
        {
            var path = operation.Text("path")!.Trim('/').Split('/');
            if (operation.Text("op") != "add" || path[^1] != "-" || target.At(path[..^1]) is not YamlSequenceNode list)
                throw new NotSupportedException($"{operation.Text("op")} {operation.Text("path")}");
            list.Add(operation.At("value")!);
        }
    }

    private static void Rename(List<YamlMappingNode> resources, YamlNode image)
    {
        foreach (var container in resources.SelectMany(resource => resource.List("spec", "template", "spec", "containers")).Cast<YamlMappingNode>())
        {
            if (container.Text("image") == image.Text("name"))
                container.Children["image"] = $"{image.Text("newName")}:{image.Text("newTag")}";
        }
    }
}
