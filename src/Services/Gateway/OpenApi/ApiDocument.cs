using System.Text.Json.Nodes;
using ChatApp.Gateway.Forwarding;

namespace ChatApp.Gateway.OpenApi;

/// <summary>
/// One OpenAPI document made of the services' own. Paths are the public ones, and only those that are forwarded. A service's schemas carry its name
/// (<c>chat.Message</c>), always: two services may mean different things by one word, and a name must not depend on who else answered.
/// </summary>
internal sealed class ApiDocument(JsonObject document)
{
    private const string SchemaReference = "#/components/schemas/";

    /// <summary>The framework's schemas, the same in all services.</summary>
    private static readonly string[] SharedSchemas = ["ProblemDetails", "HttpValidationProblemDetails"];

    private readonly JsonObject _paths = Member(document, "paths");
    private readonly JsonObject _schemas = Member(Member(document, "components"), "schemas");

    public JsonObject Json => document;

    /// <summary>Takes a service's routes and schemas over; <paramref name="part"/> is used up.</summary>
    public void Add(string app, JsonObject part)
    {
        RenameReferences(part, app);

        foreach (var (path, operations) in part["paths"] as JsonObject ?? [])
        {
            if (operations is JsonObject routes && PublicRoutes.PublicPath(app, path) is { } publicPath && !_paths.ContainsKey(publicPath))
                _paths[publicPath] = Tagged(app, routes);
        }

        foreach (var (name, schema) in part["components"]?["schemas"] as JsonObject ?? [])
            _schemas.TryAdd(PublicName(app, name), schema?.DeepClone());
    }

    public void Lacks(IEnumerable<string> apps) => document["x-partial"] = new JsonArray([.. apps.Select(app => JsonValue.Create(app))]);

    /// <summary>Operation ids are unique in a document.</summary>
    private static JsonObject Tagged(string app, JsonObject routes)
    {
        var tagged = routes.DeepClone().AsObject();
        foreach (var operation in tagged.Select(route => route.Value).OfType<JsonObject>())
        {
            operation["tags"] = new JsonArray(app);
            if (operation["operationId"]?.GetValue<string>() is { } id)
                operation["operationId"] = $"{app}.{id}";
        }

        return tagged;
    }

    private static void RenameReferences(JsonNode? node, string app)
    {
        switch (node)
        {
            case JsonObject fields:
                if (fields["$ref"] is JsonValue value && value.TryGetValue<string>(out var target) && target.StartsWith(SchemaReference, StringComparison.Ordinal))
                    fields["$ref"] = SchemaReference + PublicName(app, target[SchemaReference.Length..]);
                foreach (var (_, field) in fields)
                    RenameReferences(field, app);
                break;

            case JsonArray items:
                foreach (var item in items)
                    RenameReferences(item, app);
                break;
        }
    }

    private static string PublicName(string app, string schema) => SharedSchemas.Contains(schema) ? schema : $"{app}.{schema}";

    private static JsonObject Member(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject child)
            return child;

        parent[name] = child = [];
        return child;
    }
}
