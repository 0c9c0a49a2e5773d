using Microsoft.Extensions.Configuration;

namespace ChatApp.Platform.Messaging;

/// <summary>The sidecar's HTTP API, found as the SDK finds it, but without asking for the IPv6 address of "localhost" first.</summary>
public static class DaprHttp
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Scheme, host and port.</summary>
    public static string Endpoint(IConfiguration configuration) => configuration["DAPR_HTTP_ENDPOINT"] is { Length: > 0 } endpoint
        ? new Uri(endpoint).GetLeftPart(UriPartial.Authority)
        : $"http://127.0.0.1:{configuration["DAPR_HTTP_PORT"] ?? "3500"}";

    /// <summary>A client that signs its calls with the sidecar's API token.</summary>
    internal static HttpClient Client(IConfiguration configuration)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null })
        {
            BaseAddress = new Uri(Endpoint(configuration)),
            Timeout = Limit,
        };
        if (configuration["DAPR_API_TOKEN"] is { Length: > 0 } token)
            client.DefaultRequestHeaders.TryAddWithoutValidation("dapr-api-token", token);
        return client;
    }
}
