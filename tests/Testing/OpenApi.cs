using System.Net.Http.Json;
using System.Text.Json;

namespace ChatApp.Testing;

/// <summary>What a service says of its routes.</summary>
public static class OpenApi
{
    /// <summary>Every operation of <c>/openapi/v1.json</c>, named like <c>GET /me</c>.</summary>
    public static async Task<IReadOnlyList<(string Name, JsonElement Value)>> OperationsAsync(HttpClient client, CancellationToken ct)
    {
        var document = await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json", ct);
        return
        [
            .. from path in document.GetProperty("paths").EnumerateObject()
               from operation in path.Value.EnumerateObject()
               select ($"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value),
        ];
    }
}
