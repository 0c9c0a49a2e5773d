using System.Net;
using System.Text.Json;

namespace ChatApp.Gateway.Forwarding;

/// <summary>The gateway's own sidecar, the only way to the services: no address of theirs is known here.</summary>
internal sealed class Sidecar(IConfiguration configuration) : IDisposable
{
    /// <summary>Where it listens, found as the SDK finds it, but without asking for the IPv6 address of "localhost" first.</summary>
    private readonly string _endpoint = configuration["DAPR_HTTP_ENDPOINT"] is { Length: > 0 } endpoint
        ? new Uri(endpoint).GetLeftPart(UriPartial.Authority)
        : $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}";

    private readonly string? _token = configuration["DAPR_API_TOKEN"];

    public HttpMessageInvoker Connections { get; } = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectTimeout = TimeSpan.FromSeconds(2),
        PooledConnectionIdleTimeout = TimeSpan.FromMinutes(2),
    });

    /// <summary>What a path of the service is appended to.</summary>
    public string AddressOf(string app) => $"{_endpoint}/v1.0/invoke/{app}/method";

    public void Sign(HttpRequestMessage request)
    {
        if (_token is { Length: > 0 })
            request.Headers.TryAddWithoutValidation("dapr-api-token", _token);
    }

    public Task<HttpResponseMessage> GetAsync(string app, string pathAndQuery, string? authorization, CancellationToken ct)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, AddressOf(app) + pathAndQuery);
        if (authorization is not null)
            request.Headers.TryAddWithoutValidation("Authorization", authorization);

        Sign(request);
        return Connections.SendAsync(request, ct);
    }

    /// <summary>What the service answers; null when it is down, too slow, or answers with an error or with something else than JSON.</summary>
    public async Task<JsonElement?> TryGetJsonAsync(string app, string pathAndQuery, string? authorization, TimeSpan deadline, CancellationToken ct)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limited.CancelAfter(deadline);
        try
        {
            using var response = await GetAsync(app, pathAndQuery, authorization, limited.Token);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<JsonElement>(limited.Token) : null;
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return null;
        }
    }

    public void Dispose() => Connections.Dispose();
}
