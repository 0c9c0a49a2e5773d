using YamlDotNet.Core;
using YamlDotNet.Core.Events;
using YamlDotNet.RepresentationModel;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>Reads Dapr's resource files; a field that the models do not name is an error that says its name and line.</summary>
internal static class StrictYaml
{
    private static readonly IDeserializer Deserializer = new DeserializerBuilder()
        .WithNamingConvention(CamelCaseNamingConvention.Instance)
        .WithDuplicateKeyChecking()
        .Build();

    /// <summary>Each document of the file, as the type that <paramref name="typeOf"/> names for its apiVersion and kind; null skips it.</summary>
    public static IEnumerable<object> Read(string path, string text, Func<string, string, Type?> typeOf)
    {
        var kinds = Kinds(path, text);
        var parser = new Parser(new StringReader(text));
        parser.Consume<StreamStart>();

        foreach (var (apiVersion, kind) in kinds)
        {
            if (Document(path, parser, typeOf(apiVersion, kind)) is { } document)
                yield return document;
        }
    }

    private static object? Document(string path, Parser parser, Type? type)
    {
        try
        {
            var value = Deserializer.Deserialize(parser, type ?? typeof(object));
            return type is null ? null : value;
        }
        catch (YamlException e)
        {
            throw new ResourceException($"{path}, line {e.Start.Line}: {(e.InnerException ?? e).Message}", e);
        }
    }

    private static List<(string ApiVersion, string Kind)> Kinds(string path, string text)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(text));
            return [.. stream.Documents.Select(document => (Scalar(document, "apiVersion"), Scalar(document, "kind")))];
        }
        catch (YamlException e)
        {
            throw new ResourceException($"{path}, line {e.Start.Line}: {e.Message}", e);
        }
    }

    private static string Scalar(YamlDocument document, string name) =>
        document.RootNode is YamlMappingNode root && root.Children.TryGetValue(name, out var node) ? node.ToString() : "";
}
