using ChatApp.LocalStack.Sidecar.Secrets;

namespace ChatApp.LocalStack.Sidecar.Resources;

/// <summary>A component as one app's sidecar has it: references read, templates filled in.</summary>
internal sealed record Component(string Name, string Type, string Version, IReadOnlyDictionary<string, string> Metadata)
{
    public static Component Resolve(
        ComponentResource resource, string appId, IReadOnlyDictionary<string, SecretStore> stores, IReadOnlyDictionary<string, string> environment)
    {
        var metadata = new Dictionary<string, string>();

        foreach (var entry in resource.Spec.Metadata)
            metadata[entry.Name] = Fill(Value(resource, entry, stores, environment), appId);

        return new Component(resource.Metadata.Name, resource.Spec.Type, resource.Spec.Version, metadata);
    }

    private static string Value(
        ComponentResource resource, ComponentEntry entry, IReadOnlyDictionary<string, SecretStore> stores, IReadOnlyDictionary<string, string> environment)
    {
        if (entry.EnvRef is { } variable)
        {
            return SecretStore.IsReadable(variable) && environment.GetValueOrDefault(variable) is { Length: > 0 } value
                ? value
                : throw Fault(resource, entry, $"environment variable {variable} is not set, or not readable by a component");
        }

        if (entry.SecretKeyRef is { } reference)
        {
            // Dapr would leave the value out without a word and fail later.
            return stores.GetValueOrDefault(resource.Auth?.SecretStore ?? "")?.Get(reference.Name)
                       ?.GetValueOrDefault(reference.Key ?? reference.Name) is { Length: > 0 } secret
                ? secret
                : throw Fault(resource, entry, $"secret {reference.Name} is not in store \"{resource.Auth?.SecretStore}\"");
        }

        return entry.Value ?? "";
    }

    private static ResourceException Fault(ComponentResource resource, ComponentEntry entry, string text) =>
        new($"Component {resource.Metadata.Name}, {entry.Name}: {text}.");

    private static string Fill(string value, string appId) => value.Contains('{')
        ? value
            .Replace("{uuid}", Guid.NewGuid().ToString(), StringComparison.Ordinal)
            .Replace("{appID}", appId, StringComparison.Ordinal)
        : value;
}
