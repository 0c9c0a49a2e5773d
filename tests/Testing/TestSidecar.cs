using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ChatApp.Testing;

/// <summary>
/// A sidecar for one service under test, which publishes to it in bulk and invokes other services over HTTP. It records what is published, answers for auth's
/// key set, and hands other invocations to whoever a test has put there.
/// </summary>
public sealed class TestSidecar : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _apps = new();

    private TestSidecar()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.Use(RequireTokenAsync);
        _app.MapPost("/v1.0/publish/bulk/{pubSub}/{topic}", PublishAsync);
        _app.MapGet("/v1.0/invoke/auth/method/.well-known/jwks.json", async context =>
        {
            if (_apps.ContainsKey("auth"))
                await InvokeAsync(context, "auth", ".well-known/jwks.json");
            else
                await context.Response.WriteAsync(TestTokens.KeySet);
        });
        _app.Map("/v1.0/invoke/{app}/method/{**path}", (HttpContext context, string app, string? path) => InvokeAsync(context, app, path ?? ""));
        _app.MapGet("/v1.0/healthz/outbound", () => Results.NoContent());
    }

    public RecordedEvents Published { get; } = new();

    /// <summary>Set to make publishing fail, as it does while the broker is down.</summary>
    public bool RefusesEvents { get; set; }

    /// <summary>Runs before an event is taken; false refuses it. What it waits for, the publisher waits for.</summary>
    public Func<RecordedEvent, Task<bool>> Takes { get; set; } = _ => Task.FromResult(true);

    /// <summary>Whether a request to publish is refused as a whole, without a word on its entries.</summary>
    public Func<IReadOnlyList<RecordedEvent>, bool> Refuses { get; set; } = _ => false;

    /// <summary>How many events each request to publish had.</summary>
    public ConcurrentQueue<int> Requests { get; } = new();

    public string HttpEndpoint { get; private set; } = "";

    public string GrpcEndpoint { get; private set; } = "";

    public static async Task<TestSidecar> StartAsync()
    {
        var sidecar = new TestSidecar();
        await sidecar._app.StartAsync();
        var urls = sidecar._app.Urls.ToArray();
        (sidecar.HttpEndpoint, sidecar.GrpcEndpoint) = (urls[0], urls[1]);
        return sidecar;
    }

    /// <summary>Invocations of <paramref name="appId"/> go to this handler from now on.</summary>
    public void Route(string appId, HttpMessageHandler handler) => _apps[appId] = new HttpMessageInvoker(handler, disposeHandler: false);

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task RequireTokenAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Request.Headers["dapr-api-token"] == ServiceApi.DaprToken)
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status401Unauthorized;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync("invalid api token");
    }

    private async Task PublishAsync(HttpContext context, string pubSub, string topic)
    {
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        Requests.Enqueue(body.RootElement.GetArrayLength());
        (string? Id, RecordedEvent Event)[] entries =
            [.. body.RootElement.EnumerateArray().Select(entry => (entry.GetProperty("entryId").GetString(), Read(entry, pubSub, topic)))];
        if (Refuses([.. entries.Select(entry => entry.Event)]))
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new { errorCode = "ERR_PUBSUB_EVENTS_SER", message = "the request can't be read" });
            return;
        }

        List<object> failed = [];
        foreach (var (id, sent) in entries)
        {
            if (RefusesEvents || !await Takes(sent))
                failed.Add(new { entryId = id, error = "the broker did not take it" });
            else
                Published.Add(sent);
        }

        if (failed.Count == 0)
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
            return;
        }

        context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        await context.Response.WriteAsJsonAsync(new { failedEntries = failed, errorCode = "ERR_PUBSUB_PUBLISH_MESSAGE" });
    }

    private static RecordedEvent Read(JsonElement entry, string pubSub, string topic)
    {
        var sent = entry.GetProperty("event");
        return new RecordedEvent(
            pubSub,
            topic,
            sent.GetProperty("type").GetString()!,
            sent.GetProperty("id").GetString()!,
            entry.GetProperty("metadata").GetProperty("partitionKey").GetString()!,
            sent.GetProperty("data").GetRawText(),
            sent.EnumerateObject().Where(field => field.Name != "data").ToDictionary(field => field.Name, field => field.Value.ToString()));
    }

    private async Task InvokeAsync(HttpContext context, string app, string path)
    {
        if (!_apps.TryGetValue(app, out var invoker))
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            await context.Response.WriteAsJsonAsync(new { errorCode = "ERR_DIRECT_INVOKE", message = $"failed to invoke, id: {app}, err: couldn't find service: {app}" });
            return;
        }

        using var request = new HttpRequestMessage(new HttpMethod(context.Request.Method), $"http://{app}/{path}{context.Request.QueryString}");
        if (context.Request.ContentLength > 0 || context.Request.Headers.TransferEncoding.Count > 0)
            request.Content = new StreamContent(context.Request.Body);
        foreach (var header in context.Request.Headers)
        {
            if (!header.Key.StartsWith(':') && header.Key is not ("Host" or "dapr-api-token") && !request.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray()))
                request.Content?.Headers.TryAddWithoutValidation(header.Key, header.Value.ToArray());
        }

        request.Headers.TryAddWithoutValidation("dapr-api-token", ServiceApi.AppToken);
        using var response = await invoker.SendAsync(request, context.RequestAborted);
        context.Response.StatusCode = (int)response.StatusCode;
        foreach (var header in response.Headers.Concat(response.Content.Headers).Where(header => header.Key is not ("Transfer-Encoding" or "Content-Length")))
            context.Response.Headers[header.Key] = header.Value.ToArray();
        await response.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }
}
