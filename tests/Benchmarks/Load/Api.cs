using System.Net.Http.Headers;
using System.Text.Json;

namespace ChatApp.Benchmarks.Load;

/// <summary>The public API, with as little of HttpClient as it needs: the load shares its processors with what it measures.</summary>
internal sealed class Api(Uri gateway) : IDisposable
{
    private static readonly MediaTypeHeaderValue JsonType = new("application/json");

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        ConnectTimeout = TimeSpan.FromSeconds(10),
    });

    /// <exception cref="HttpRequestException">It did not succeed.</exception>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Person? caller, ReadOnlyMemory<byte>? json, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, new Uri(gateway, path));
        request.Headers.Authorization = caller?.Token;
        if (json is { } body)
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = JsonType } };
        var response = await _http.SendAsync(request, ct);
        if (response.IsSuccessStatusCode)
            return response;

        using (response)
        {
            var problem = await response.Content.ReadAsStringAsync(ct);
            throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {problem}", null, response.StatusCode);
        }
    }

    /// <summary>Takes the whole answer, and looks at none of it.</summary>
    public async Task<int> CallAsync(HttpMethod method, string path, Person? caller, ReadOnlyMemory<byte>? json, CancellationToken ct)
    {
        using var response = await SendAsync(method, path, caller, json, ct);
        return (await response.Content.ReadAsByteArrayAsync(ct)).Length;
    }

    public async Task<JsonElement> AskAsync(HttpMethod method, string path, Person? caller, object? body, CancellationToken ct)
    {
        using var response = await SendAsync(method, path, caller, body is null ? null : JsonSerializer.SerializeToUtf8Bytes(body), ct);
        return JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsByteArrayAsync(ct));
    }

    public void Dispose() => _http.Dispose();
}
