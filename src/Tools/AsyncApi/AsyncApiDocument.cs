using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using ChatApp.Contracts;

namespace ChatApp.AsyncApi;

/// <summary>The events as an AsyncAPI 3.0 document: a channel for each topic, a message for each type, made from the contracts and nothing else.</summary>
public static class AsyncApiDocument
{
    /// <summary>Where it is in the repository.</summary>
    public const string Path = "docs/asyncapi.yaml";

    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true };

    public static IReadOnlyList<Type> Contracts { get; } =
    [
        .. typeof(IEvent).Assembly.GetExportedTypes()
            .Where(type => type.IsClass && type.IsAssignableTo(typeof(IEvent)))
            .OrderBy(TypeOf, StringComparer.Ordinal),
    ];

    public static JsonObject Create() => Create(Contracts);

    public static JsonObject Create(IEnumerable<Type> contracts)
    {
        var all = contracts.ToList();
        return new JsonObject
        {
            ["asyncapi"] = "3.0.0",
            ["info"] = new JsonObject
            {
                ["title"] = "ChatApp events",
                ["version"] = "1",
                ["description"] = "CloudEvents 1.0 through Dapr. Delivery is at least once; events with one key come in order. Written by `./chat asyncapi`.",
            },
            ["defaultContentType"] = "application/json",
            ["channels"] = new JsonObject(all.GroupBy(TopicOf).OrderBy(topic => topic.Key, StringComparer.Ordinal).Select(Channel)),
            ["components"] = new JsonObject { ["messages"] = new JsonObject(all.Select(type => KeyValuePair.Create<string, JsonNode?>(TypeOf(type), Message(type)))) },
        };
    }

    private static KeyValuePair<string, JsonNode?> Channel(IGrouping<string, Type> topic) => new(topic.Key, new JsonObject
    {
        ["address"] = topic.Key,
        ["messages"] = new JsonObject(topic.Select(type => KeyValuePair.Create<string, JsonNode?>(
            TypeOf(type), new JsonObject { ["$ref"] = $"#/components/messages/{TypeOf(type)}" }))),
    });

    private static JsonObject Message(Type type)
    {
        var payload = EventJson.Default.Options.GetJsonSchemaAsNode(type, Exporter).AsObject();
        payload.Remove("$schema");
        return new JsonObject
        {
            ["name"] = TypeOf(type),
            ["title"] = type.Name,
            ["summary"] = Documentation.SummaryOf(type),
            ["bindings"] = new JsonObject
            {
                ["kafka"] = new JsonObject { ["key"] = new JsonObject { ["type"] = "string", ["description"] = KeyOf(type) }, ["bindingVersion"] = "0.5.0" },
            },
            ["payload"] = payload,
        };
    }

    /// <summary>The fields that the key is made of: found by making an event whose ids are all different.</summary>
    private static string KeyOf(Type type)
    {
        var parameters = type.GetConstructors().Single().GetParameters();
        var values = parameters.Select(parameter =>
            parameter.ParameterType == typeof(Guid) ? Guid.NewGuid()
            : parameter.ParameterType == typeof(string) ? ""
            : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType)
            : null).ToArray();
        var key = ((IEvent)Activator.CreateInstance(type, values)!).Key.Split(':');
        return string.Join(" and ", parameters
            .Where((_, index) => values[index] is Guid id && key.Contains(id.ToString()))
            .Select(parameter => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(parameter.Name!)));
    }

    private static string TypeOf(Type type) => Static(type, nameof(IEvent.Type));

    private static string TopicOf(Type type) => Static(type, nameof(IEvent.Topic));

    private static string Static(Type type, string name) => (string)type.GetProperty(name, BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;
}
