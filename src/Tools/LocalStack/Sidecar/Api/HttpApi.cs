using System.Text;
using ChatApp.LocalStack.Sidecar.Invocation;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>The sidecar's HTTP port: its own API under /v1.0, and whatever the header dapr-app-id sends to another app.</summary>
internal sealed class HttpApi(AppSidecar sidecar)
{
    private readonly PublishApi _publish = new(sidecar);

    public async Task HandleAsync(HttpContext context)
    {
        var request = context.Request;
        var raw = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var question = raw.IndexOf('?');
        var path = question < 0 ? raw : raw[..question];

        if (!IsHealth(request, path) && !IsAuthorized(request))
        {
            await RefuseAsync(context.Response);
            return;
        }

        if (!path.StartsWith("/v1.0/invoke/", StringComparison.Ordinal) && !request.Headers.ContainsKey("dapr-app-id")
                                                                         && await TryOwnAsync(context, path))
            return;

        if (InvokeTarget.Find(path, request.Headers) is { } target)
            await sidecar.Invoker.InvokeAsync(context, target, question < 0 ? "" : raw[question..]);
        else
            await Answers.FailAsync(context.Response, new DaprError(404, 5, "ERR_DIRECT_INVOKE",
                "failed getting app id either from the URL path or the header dapr-app-id"));
    }

    private static bool IsHealth(HttpRequest request, string path) =>
        HttpMethods.IsGet(request.Method) && path is "/v1.0/healthz" or "/v1.0/healthz/outbound";

    private bool IsAuthorized(HttpRequest request) =>
        sidecar.ApiToken is null || request.Headers[AppChannel.TokenHeader] == sidecar.ApiToken;

    private static async Task RefuseAsync(HttpResponse response)
    {
        response.StatusCode = 401;
        response.ContentType = "text/plain; charset=utf-8";
        await response.Body.WriteAsync("invalid api token"u8.ToArray());
    }

    private async Task<bool> TryOwnAsync(HttpContext context, string rawPath)
    {
        try
        {
            return await OwnAsync(context, rawPath);
        }
        catch (DaprError error)
        {
            await Answers.FailAsync(context.Response, error);
            return true;
        }
    }

    private async Task<bool> OwnAsync(HttpContext context, string rawPath)
    {
        var segments = rawPath.Split('/', StringSplitOptions.RemoveEmptyEntries).Select(Uri.UnescapeDataString).ToArray();

        switch (context.Request.Method, segments)
        {
            case ("GET", ["v1.0", "healthz"]):
                await HealthAsync(context);
                return true;
            case ("GET", ["v1.0", "healthz", "outbound"]):
                context.Response.StatusCode = 204;
                return true;
            case ("GET", ["v1.0", "metadata"]):
                await Answers.OkAsync(context.Response, sidecar.Metadata.ToJson());
                return true;
            case ("PUT", ["v1.0", "metadata", var key]):
                sidecar.Metadata.Set(key, await TextAsync(context.Request));
                context.Response.StatusCode = 204;
                return true;
            case ("POST" or "PUT", ["v1.0" or "v1.0-alpha1", "publish", "bulk", var pubSub, .. var topic]):
                await _publish.BulkAsync(context, pubSub, string.Join('/', topic));
                return true;
            case ("POST" or "PUT", ["v1.0", "publish", var pubSub, .. var topic]):
                await _publish.OneAsync(context, pubSub, string.Join('/', topic));
                return true;
            case ("POST" or "PUT", ["v1.0", "publish"]):
                sidecar.Publisher.Check("", "");
                return true;
            case ("GET", ["v1.0", "secrets", var store, "bulk"]):
                await Answers.OkAsync(context.Response, sidecar.Secrets.GetAll(store));
                return true;
            case ("GET", ["v1.0", "secrets", var store, var key]):
                await Answers.OkAsync(context.Response, sidecar.Secrets.Get(store, key));
                return true;
            case ("POST", ["v1.0", "shutdown"]):
                context.Response.StatusCode = 204;
                context.Response.OnCompleted(sidecar.RequestStop);
                return true;
            default:
                return false;
        }
    }

    private async Task HealthAsync(HttpContext context)
    {
        if (context.Request.Query["appid"] is [{ } appId] && appId != sidecar.AppId)
            throw new DaprError(500, DaprError.Internal, "ERR_HEALTH_APPID_NOT_MATCH", "dapr app-id does not match");

        if (sidecar.NotReady is { } reason)
            throw new DaprError(500, DaprError.Internal, "ERR_HEALTH_NOT_READY", $"dapr is not ready: [{reason}]");

        context.Response.StatusCode = 204;
        await context.Response.CompleteAsync();
    }

    private static async Task<string> TextAsync(HttpRequest request)
    {
        using var reader = new StreamReader(request.Body, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
