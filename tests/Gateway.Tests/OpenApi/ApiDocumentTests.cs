using System.Net.Http.Json;
using System.Text.Json;

namespace ChatApp.Gateway.Tests.OpenApi;

public sealed class ApiDocumentTests
{
    private const string ChatDocument = """
        {
          "openapi": "3.1.1",
          "paths": {
            "/conversations": { "get": { "operationId": "list", "tags": ["Conversations"], "responses": { "200": { "content": { "application/json": {
              "schema": { "$ref": "#/components/schemas/Page" } } } } } } },
            "/internal/rebuild": { "post": { "responses": {} } }
          },
          "components": { "schemas": {
            "Page": { "type": "object", "properties": { "items": { "type": "array", "items": { "$ref": "#/components/schemas/Item" } } } },
            "Item": { "type": "string" },
            "ProblemDetails": { "type": "object" }
          } }
        }
        """;

    private const string NotificationDocument = """
        {
          "openapi": "3.1.1",
          "paths": { "/notifications": { "get": { "operationId": "list", "responses": { "200": { "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/Page" } } } } } } } },
          "components": { "schemas": { "Page": { "type": "integer" }, "ProblemDetails": { "type": "object" } } }
        }
        """;

    private const string NoRoutes = """{"openapi":"3.1.1","paths":{}}""";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_document_has_the_routes_of_all_services_under_their_public_paths()
    {
        await using var gateway = await StartAsync();

        var paths = (await DocumentAsync(gateway)).GetProperty("paths");

        Assert.Equal(
            ["/api/conversations", "/api/home", "/api/notifications", "/api/stream"],
            paths.EnumerateObject().Select(path => path.Name).Order(StringComparer.Ordinal));
        var list = paths.GetProperty("/api/conversations").GetProperty("get");
        Assert.Equal(("""["chat"]""", "chat.list"), (list.GetProperty("tags").GetRawText(), list.GetProperty("operationId").GetString()));
    }

    [Fact]
    public async Task Schemas_of_one_name_stay_apart()
    {
        await using var gateway = await StartAsync();

        var document = await DocumentAsync(gateway);

        var schemas = document.GetProperty("components").GetProperty("schemas");
        Assert.Equal("object", schemas.GetProperty("chat.Page").GetProperty("type").GetString());
        Assert.Equal("integer", schemas.GetProperty("notification.Page").GetProperty("type").GetString());
        var references = References(document).ToArray();
        Assert.Contains("#/components/schemas/chat.Item", references);
        Assert.All(references, reference => Assert.True(schemas.TryGetProperty(reference.Split('/')[^1], out _), reference));
    }

    [Fact]
    public async Task A_service_that_is_down_is_named()
    {
        await using var gateway = await StartAsync();
        gateway.App("user");

        var document = await DocumentAsync(gateway);

        Assert.Equal("""["user"]""", document.GetProperty("x-partial").GetRawText());
        Assert.True(document.GetProperty("paths").TryGetProperty("/api/notifications", out _));
    }

    [Fact]
    public async Task The_services_are_not_asked_each_time()
    {
        await using var gateway = await StartAsync();
        var chat = gateway.App("chat").Answers("/openapi/v1.json", ChatDocument);

        await DocumentAsync(gateway);
        await DocumentAsync(gateway);

        Assert.Single(chat.Calls);
    }

    private static async Task<GatewayApi> StartAsync()
    {
        var gateway = new GatewayApi();
        await gateway.InitializeAsync();
        gateway.App("auth").Answers("/openapi/v1.json", NoRoutes);
        gateway.App("user").Answers("/openapi/v1.json", NoRoutes);
        gateway.App("chat").Answers("/openapi/v1.json", ChatDocument);
        gateway.App("notification").Answers("/openapi/v1.json", NotificationDocument);
        return gateway;
    }

    private static Task<JsonElement> DocumentAsync(GatewayApi gateway) => gateway.CreateClient().GetFromJsonAsync<JsonElement>("/openapi/v1.json", Cancel);

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(field =>
            field.Name == "$ref" ? [field.Value.GetString()!] : References(field.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}
