using System.Globalization;
using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Takes the metadata of a pub/sub component one by one; what is left over at the end is not supported, and refused by name.</summary>
internal sealed class MetadataReader(Component component)
{
    private static readonly string[] OfTheSidecar = ["publishingScopes", "subscriptionScopes", "allowedTopics", "protectedTopics"];

    private readonly Dictionary<string, string> _rest =
        component.Metadata.Where(entry => !OfTheSidecar.Contains(entry.Key)).ToDictionary(entry => entry.Key, entry => entry.Value);

    public string? Take(string name) => _rest.Remove(name, out var value) && value.Length > 0 ? value : null;

    public string Require(string name) => Take(name) ?? throw Fault($"{name} is missing");

    /// <summary>One of the values that are supported, the default first; without a default it has to be given.</summary>
    public string OneOf(string name, string? byDefault, params string[] others)
    {
        var value = Take(name) ?? byDefault;

        return value is not null && (value == byDefault || others.Contains(value)) ? value : throw Fault($"{name} \"{value}\" is not supported");
    }

    public bool Flag(string name, bool byDefault) => OneOf(name, byDefault ? "true" : "false", byDefault ? "false" : "true") == "true";

    public int Number(string name, int byDefault) => Take(name) is not { } text
        ? byDefault
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Fault($"{name} \"{text}\" is not a number");

    /// <summary>As Go writes it, or a whole number of milliseconds.</summary>
    public TimeSpan Duration(string name, string byDefault) => GoDuration.Parse(Take(name) ?? byDefault);

    /// <summary>The names among these that the file gives, though they change nothing here; any other name is refused.</summary>
    public IReadOnlyList<string> End(params string[] withoutEffect)
    {
        var ignored = withoutEffect.Where(_rest.Remove).ToList();

        return _rest.Count == 0 ? ignored : throw Fault($"metadata {string.Join(", ", _rest.Keys)} is not supported");
    }

    public ResourceException Fault(string text) => new($"Component {component.Name}: {text}.");
}
