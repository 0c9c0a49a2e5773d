namespace ChatApp.Gateway.OpenApi;

internal static class OpenApiEndpoints
{
    /// <summary>Takes the place of the gateway's own document, which is a part of this one: a literal path wins.</summary>
    public static void MapApiDocument(this WebApplication app) => app
        .MapGet("/openapi/v1.json", async (ApiDocuments documents, CancellationToken ct) => TypedResults.Bytes(await documents.GetAsync(ct), "application/json"))
        .AllowAnonymous()
        .ExcludeFromDescription();
}
