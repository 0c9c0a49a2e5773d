using System.Net;
using System.Net.Http.Headers;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>The way from a sidecar to its app.</summary>
internal sealed class AppChannel(int port, string? appToken, HttpMessageInvoker http)
{
    public const string TokenHeader = "dapr-api-token";

    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };
    private readonly string _baseAddress = $"http://127.0.0.1:{port}";

    public int Port => port;

    /// <summary>One for all apps. Nothing is interpreted on the way: no redirects, cookies, decompression or trace headers of its own.</summary>
    public static HttpMessageInvoker NewHttp() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(60),
        // As in Dapr: larger headers of an app are an error.
        MaxResponseHeadersLength = 4
    });

    public Uri Address(string pathAndQuery) => new(_baseAddress + pathAndQuery, Verbatim);

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        if (appToken is not null)
            request.Headers.TryAddWithoutValidation(TokenHeader, appToken);

        return http.SendAsync(request, ct);
    }

    public async Task<HttpResponseMessage> GetAsync(string path, string appId, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Address(path)) { Content = new ByteArrayContent([]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("dapr-app-id", appId);

        return await SendAsync(request, ct);
    }

    /// <param name="metadata">Goes along as headers.</param>
    public async Task<HttpResponseMessage> DeliverAsync(
        string path, ReadOnlyMemory<byte> body, string contentType, string pubSub, IReadOnlyDictionary<string, string> metadata,
        string? traceparent, string? tracestate, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Address(path)) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        request.Headers.TransferEncodingChunked = true;
        request.Headers.TryAddWithoutValidation("User-Agent", "Go-http-client/1.1");
        request.Headers.TryAddWithoutValidation("pubsubname", pubSub);

        foreach (var (name, value) in metadata)
        {
            if (!IsOwn(name))
                request.Headers.TryAddWithoutValidation(name, value);
        }

        if (!string.IsNullOrEmpty(traceparent))
            request.Headers.TryAddWithoutValidation("traceparent", traceparent);

        if (!string.IsNullOrEmpty(tracestate))
            request.Headers.TryAddWithoutValidation("tracestate", tracestate);

        return await SendAsync(request, ct);
    }

    private static bool IsOwn(string name) =>
        name.Equals("traceparent", StringComparison.OrdinalIgnoreCase)
        || name.Equals("tracestate", StringComparison.OrdinalIgnoreCase)
        || name.Equals("pubsubname", StringComparison.OrdinalIgnoreCase)
        || name.Equals(TokenHeader, StringComparison.OrdinalIgnoreCase)
        || name.StartsWith("content-", StringComparison.OrdinalIgnoreCase)
        || name.Equals("host", StringComparison.OrdinalIgnoreCase);
}
