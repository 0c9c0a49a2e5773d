using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApp.Gateway.Forwarding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace ChatApp.Gateway.OpenApi;

/// <summary>Asks the services for their documents, merges them, and keeps the result for a while.</summary>
internal sealed class ApiDocuments(
    [FromKeyedServices(ApiDocuments.Own)] IOpenApiDocumentProvider own, Sidecar sidecar, IOptions<Deadlines> deadlines, TimeProvider time) : IDisposable
{
    /// <summary>The name under which the gateway's own document is generated.</summary>
    public const string Own = "v1";

    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    /// <summary>What is missing may be back soon.</summary>
    private static readonly TimeSpan PartialLifetime = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _one = new(1);
    private (byte[] Json, DateTimeOffset Until) _kept = ([], DateTimeOffset.MinValue);

    public async Task<byte[]> GetAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_kept.Until <= time.GetUtcNow())
                _kept = await MergeAsync(ct);

            return _kept.Json;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<(byte[] Json, DateTimeOffset Until)> MergeAsync(CancellationToken ct)
    {
        var gateways = await own.GetOpenApiDocumentAsync(ct);
        var document = new ApiDocument(JsonNode.Parse(await gateways.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, ct))!.AsObject());
        document.Json["info"] = new JsonObject { ["title"] = "ChatApp", ["version"] = Own };
        document.Json["servers"] = new JsonArray(new JsonObject { ["url"] = "/" });

        var parts = await Task.WhenAll(PublicRoutes.Apps.Select(async app =>
            (App: app, Part: await sidecar.TryGetJsonAsync(app, "/openapi/v1.json", null, deadlines.Value.Call, ct))));
        foreach (var (app, part) in parts)
        {
            if (part is { ValueKind: JsonValueKind.Object } answered)
                document.Add(app, JsonObject.Create(answered)!);
        }

        var missing = parts.Where(part => part.Part is not { ValueKind: JsonValueKind.Object }).Select(part => part.App).ToArray();
        if (missing.Length > 0)
            document.Lacks(missing);

        return (Encoding.UTF8.GetBytes(document.Json.ToJsonString()), time.GetUtcNow() + (missing.Length > 0 ? PartialLifetime : Lifetime));
    }
}
