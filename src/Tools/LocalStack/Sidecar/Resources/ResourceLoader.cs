using System.Text.RegularExpressions;

namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>Everything that the resource folders and the configuration file say, for all apps.</summary>
internal sealed record ResourceSet(
    IReadOnlyList<ComponentResource> Components,
    IReadOnlyList<SubscriptionResource> Subscriptions,
    IReadOnlyList<ResiliencyResource> Resiliencies,
    ConfigurationSpec Configuration,
    IReadOnlyList<string> Notices);

internal static partial class ResourceLoader
{
    public static ResourceSet Load(IReadOnlyList<string> folders, string? configFile, IReadOnlyDictionary<string, string> environment)
    {
        var resources = folders.SelectMany(ReadFolder).ToList();
        var components = resources.OfType<ComponentResource>().ToList();

        if (components.GroupBy(component => component.Metadata.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ResourceException($"Component {twice.Key} is defined twice.");

        var configuration = configFile is null ? new ConfigurationSpec() : ReadConfiguration(configFile, environment);

        return new ResourceSet(
            components,
            [.. resources.OfType<SubscriptionResource>()],
            [.. resources.OfType<ResiliencyResource>()],
            configuration,
            [.. ConfigurationCheck.Notices(configuration, configFile ?? "")]);
    }

    private static IEnumerable<object> ReadFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new ResourceException($"There is no resource folder {folder}.");

        // Not recursive, as in Dapr.
        return Directory.EnumerateFiles(folder)
            .Where(file => Path.GetExtension(file) is ".yaml" or ".yml")
            .Order(StringComparer.Ordinal)
            .SelectMany(file => StrictYaml.Read(file, File.ReadAllText(file), (apiVersion, kind) => TypeOf(file, apiVersion, kind)));
    }

    private static Type? TypeOf(string file, string apiVersion, string kind) => (apiVersion, kind) switch
    {
        ("dapr.io/v1alpha1", "Component") => typeof(ComponentResource),
        ("dapr.io/v1alpha1", "Resiliency") => typeof(ResiliencyResource),
        ("dapr.io/v1alpha1" or "dapr.io/v2alpha1", "Subscription") => typeof(SubscriptionResource),
        // Read only where it is named as the configuration file.
        ("dapr.io/v1alpha1", "Configuration") => null,
        _ => throw new ResourceException($"{file}: this sidecar does not know kind \"{kind}\" of \"{apiVersion}\".")
    };

    private static ConfigurationSpec ReadConfiguration(string file, IReadOnlyDictionary<string, string> environment)
    {
        if (!File.Exists(file))
            throw new ResourceException($"There is no configuration file {file}.");

        // Dapr replaces every $NAME in this one file before it reads it.
        var text = EnvironmentName().Replace(
            File.ReadAllText(file), match => environment.GetValueOrDefault(match.Groups[1].Value + match.Groups[2].Value, ""));

        return StrictYaml.Read(file, text, (_, kind) => kind == "Configuration" ? typeof(ConfigurationResource) : null)
                   .OfType<ConfigurationResource>().FirstOrDefault()?.Spec
               ?? throw new ResourceException($"{file} has no document of kind Configuration.");
    }

    [GeneratedRegex(@"\$(?:\{(\w+)\}|(\w+))")]
    private static partial Regex EnvironmentName();
}
