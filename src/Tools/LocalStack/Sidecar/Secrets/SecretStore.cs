using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Secrets;

/// <summary>One secret store component, read once at start.</summary>
internal sealed class SecretStore(string name, Func<string, IReadOnlyDictionary<string, string>?> get, IReadOnlyDictionary<string, string> all)
{
    public string Name => name;

    public IReadOnlyDictionary<string, string> All => all;

    /// <summary>Null: the store answers with an error for this key.</summary>
    public IReadOnlyDictionary<string, string>? Get(string key) => get(key);

    public static SecretStore From(ComponentResource component, IReadOnlyDictionary<string, string> environment)
    {
        var settings = component.Spec.Metadata.ToDictionary(entry => entry.Name, entry => entry.Value ?? "");

        return component.Spec.Type switch
        {
            "secretstores.local.env" => LocalEnv(component.Metadata.Name, settings, environment),
            "secretstores.local.file" => LocalFile(component.Metadata.Name, settings),
            _ => throw new ResourceException($"Component {component.Metadata.Name}: type {component.Spec.Type} is not supported.")
        };
    }

    private static SecretStore LocalEnv(string name, Dictionary<string, string> settings, IReadOnlyDictionary<string, string> environment)
    {
        settings.Remove("prefix", out var prefix);
        Refuse(name, settings);
        var all = environment
            .Where(entry => entry.Key.StartsWith(prefix ?? "", StringComparison.Ordinal) && IsReadable(entry.Key))
            .ToDictionary(entry => entry.Key[(prefix ?? "").Length..], entry => entry.Value);

        // A variable that is not set is an empty secret, not an error.
        return new SecretStore(name, key => new Dictionary<string, string> { [key] = all.GetValueOrDefault(key, "") }, all);
    }

    /// <summary>The tokens of the sidecar itself are never secrets of an app.</summary>
    public static bool IsReadable(string variable) =>
        !variable.StartsWith("DAPR_", StringComparison.OrdinalIgnoreCase) && !variable.Equals("APP_API_TOKEN", StringComparison.OrdinalIgnoreCase);

    private static SecretStore LocalFile(string name, Dictionary<string, string> settings)
    {
        if (!settings.Remove("secretsFile", out var file) || !File.Exists(file))
            throw new ResourceException($"Component {name}: secretsFile \"{file}\" does not exist.");

        var separator = settings.Remove("nestedSeparator", out var given) ? given : ":";
        if (settings.Remove("multiValued", out var multiValued) && multiValued == "true")
            throw new ResourceException($"Component {name}: multiValued is not supported.");
        Refuse(name, settings);

        var all = new Dictionary<string, string>();
        Flatten(JsonDocument.Parse(File.ReadAllText(file)).RootElement, "");

        return new SecretStore(name, key => all.TryGetValue(key, out var value) ? new Dictionary<string, string> { [key] = value } : null, all);

        void Flatten(JsonElement element, string path)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var property in element.EnumerateObject())
                    Flatten(property.Value, path.Length == 0 ? property.Name : path + separator + property.Name);
            }
            else if (element.ValueKind == JsonValueKind.String)
                all[path] = element.GetString()!;
            else
                throw new ResourceException($"Component {name}: secret {path} is not a string; Dapr would garble it.");
        }
    }

    private static void Refuse(string name, Dictionary<string, string> rest)
    {
        if (rest.Count > 0)
            throw new ResourceException($"Component {name}: metadata {string.Join(", ", rest.Keys)} is not supported.");
    }
}
