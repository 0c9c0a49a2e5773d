using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace ChatApp.Manifests.Tests;

/// <summary>The files of the repository.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string Path(params string[] parts) => System.IO.Path.Combine([Root, .. parts]);

    public static string Read(string path) => File.ReadAllText(Path(path));

    /// <summary>The one document of a file.</summary>
    public static YamlMappingNode Yaml(string path) => (YamlMappingNode)Load(Path(path)).Single();

    /// <summary>Every document of a file, anchors and merge keys resolved.</summary>
    public static IEnumerable<YamlNode> Load(string file)
    {
        using var reader = File.OpenText(file);
        var stream = new YamlStream();
        stream.Load(new MergingParser(new Parser(reader)));
        return stream.Documents.Select(document => document.RootNode);
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "ChatApp.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException($"There is no ChatApp.sln above {AppContext.BaseDirectory}.");
    }
}
