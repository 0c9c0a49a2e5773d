using System.Net;
using System.Text.Json;
using Yarp.ReverseProxy.Forwarder;

namespace ChatApp.Gateway.Forwarding;

/// <summary>
/// What of a client's call reaches the service, and what of its answer the client. Deny first: headers are listed, so that nobody outside can pretend to be
/// a sidecar or a proxy of ours.
/// </summary>
internal class ForwardedCall(string app, Sidecar sidecar) : HttpTransformer
{
    /// <summary>Without <c>Accept</c>: services answer JSON, and event streams go through no sidecar.</summary>
    private static readonly string[] RequestHeaders =
    [
        "Authorization", "Content-Type", "Content-Length", "Content-Encoding", "User-Agent", "Accept-Language", "If-Match", "If-None-Match",
    ];

    private static readonly string[] ResponseHeaders =
    [
        "Content-Type", "Content-Length", "Content-Language", "Cache-Control", "ETag", "Last-Modified", "Allow", "Retry-After", "WWW-Authenticate",
    ];

    /// <summary>Sidecars' own error bodies are shorter; a longer one is not theirs.</summary>
    private const int MaxSidecarError = 16 * 1024;

    public string App => app;

    /// <summary>True when the answer was not the service's, but an error of a sidecar on the way.</summary>
    public static bool FailedOnTheWay(HttpContext context) => context.Items.ContainsKey(typeof(ForwardedCall));

    public override ValueTask TransformRequestAsync(HttpContext context, HttpRequestMessage request, string destinationPrefix, CancellationToken ct)
    {
        foreach (var name in RequestHeaders)
        {
            if (context.Request.Headers.TryGetValue(name, out var values) && !request.Headers.TryAddWithoutValidation(name, values.ToArray()))
                request.Content?.Headers.TryAddWithoutValidation(name, values.ToArray());
        }

        if (context.Connection.RemoteIpAddress is { } client)
            request.Headers.TryAddWithoutValidation("X-Forwarded-For", client.ToString());

        sidecar.Sign(request);
        context.Request.Path.StartsWithSegments(PublicRoutes.ApiPrefix, out var path);
        request.RequestUri = RequestUtilities.MakeDestinationAddress(
            destinationPrefix, path.HasValue ? path : context.Request.Path, context.Request.QueryString);
        return ValueTask.CompletedTask;
    }

    public override async ValueTask<bool> TransformResponseAsync(HttpContext context, HttpResponseMessage? response, CancellationToken ct)
    {
        if (response is null)
            return false;

        if (await IsOfSidecarAsync(response, ct))
        {
            context.Items[typeof(ForwardedCall)] = true;
            return false;
        }

        var headers = context.Response.Headers;
        foreach (var name in ResponseHeaders)
        {
            if (response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values))
                headers[name] = values.ToArray();
        }

        if (response.Headers.Location is { } location)
            headers.Location = location.OriginalString.StartsWith('/') ? PublicRoutes.ApiPrefix + location.OriginalString : location.OriginalString;

        return true;
    }

    /// <summary>Services answer errors only as problem documents; a plain JSON error with an <c>errorCode</c>, or a 401 in plain text, is a sidecar's.</summary>
    private static async ValueTask<bool> IsOfSidecarAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var type = response.Content.Headers.ContentType?.MediaType;
        if (response.StatusCode == HttpStatusCode.Unauthorized && type == "text/plain")
            return true;
        if (response.StatusCode < HttpStatusCode.BadRequest || type != "application/json" || response.Content.Headers.ContentLength > MaxSidecarError)
            return false;

        await response.Content.LoadIntoBufferAsync(MaxSidecarError, ct);
        try
        {
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(ct));
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("errorCode", out _);
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
