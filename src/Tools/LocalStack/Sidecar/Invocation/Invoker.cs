using System.Diagnostics;
using System.Net;
using ChatApp.LocalStack.Sidecar.Api;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.AspNetCore.Http;

namespace ChatApp.LocalStack.Sidecar.Invocation;

/// <summary>
/// Service invocation from one app. Caller's and callee's sidecar are one here, so a call is HTTP in and HTTP out; bodies flow through in
/// both directions as they come.
/// </summary>
internal sealed class Invoker(string caller, AppDirectory apps, ResiliencyPolicies policies, Tracing tracing, bool denied)
{
    public const int MaxBody = 4 << 20;
    private const int ReadAtOnce = 64 << 10;

    public async Task InvokeAsync(HttpContext context, InvokeTarget target, string query)
    {
        using var span = tracing.Start("invoke", target.AppId, ActivityKind.Client, context.Request.Headers.TraceParent);
        var error = await TryInvokeAsync(context, target, query);

        if (error is null)
            return;

        span?.SetStatus(ActivityStatusCode.Error, error.Message);
        await Fail(context, target.AppId, error);
    }

    private async Task<Exception?> TryInvokeAsync(HttpContext context, InvokeTarget target, string query)
    {
        try
        {
            await RunAsync(context, target, query);
            return null;
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TimeoutException or PermanentException or CircuitOpenException
                                      or StatusException or DaprError or OperationCanceledException or BadHttpRequestException)
        {
            return e;
        }
    }

    private async Task RunAsync(HttpContext context, InvokeTarget target, string query)
    {
        if (target.Path.Length == 0)
            throw DaprError.DirectInvoke(target.AppId, "rpc error: code = InvalidArgument desc = invalid method: forbidden character");

        if (context.Request.ContentLength > MaxBody)
            throw DaprError.DirectInvoke(target.AppId, $"stream too large: larger than max ({context.Request.ContentLength} vs. {MaxBody})");

        var policy = policies.ForApp(target.AppId, target.Path);
        var streaming = IsStreaming(context.Request);
        var body = streaming || context.Request.ContentLength is null or 0 ? null : await ReadAsync(context, policy is { HasRetries: true });

        if (policy is null)
            await ForwardAsync(context, target, query, streaming, body, failOnStatus: false, context.RequestAborted);
        else
            await policy.RunAsync(
                ct => ForwardAsync(context, target, query, streaming, body, failOnStatus: true, ct), context.RequestAborted);
    }

    /// <summary>Without a known length nothing can be repeated.</summary>
    private static bool IsStreaming(HttpRequest request) => request.ContentLength is null && request.Headers.TransferEncoding.Count > 0;

    /// <summary>Small bodies are there at once anyway; larger ones are kept only where a retry may need them.</summary>
    private static async Task<byte[]?> ReadAsync(HttpContext context, bool keep)
    {
        var length = (int)context.Request.ContentLength!.Value;

        if (length > ReadAtOnce && !keep)
            return null;

        var body = new byte[length];
        await context.Request.Body.ReadExactlyAsync(body, context.RequestAborted);
        return body;
    }

    private async Task ForwardAsync(
        HttpContext context, InvokeTarget target, string query, bool streaming, byte[]? body, bool failOnStatus, CancellationToken ct)
    {
        var app = Find(target.AppId);
        using var request = NewRequest(context.Request, app, target, query, body, streaming);
        HttpResponseMessage answer;

        try
        {
            answer = await app.SendAsync(request, ct);
        }
        catch (HttpRequestException e) when (streaming)
        {
            throw new PermanentException(Refused(e), e);
        }
        catch (HttpRequestException e)
        {
            throw new HttpRequestException(Refused(e), e);
        }

        using (answer)
        {
            if ((int)answer.StatusCode is < 200 or > 399)
            {
                if (IsEventStream(context.Request) && target.AppId != caller)
                    throw new PermanentException($"the event stream was answered with status {(int)answer.StatusCode}");

                if (failOnStatus && !streaming)
                    throw await AppFailure.ReadAsync(answer, ct);
            }

            await AnswerAsync(context, answer, ct);
        }
    }

    private AppChannel Find(string appId)
    {
        if (!apps.TryFind(appId, out var app))
            throw new PermanentException($"couldn't find service: {appId}");

        if (denied && appId != caller)
            throw DaprError.DirectInvoke(appId, $"rpc error: code = PermissionDenied desc = access control policy has denied access to id: {caller}", 403);

        return app ?? throw new PermanentException("rpc error: code = Internal desc = app channel is not initialized");
    }

    private HttpRequestMessage NewRequest(
        HttpRequest incoming, AppChannel app, InvokeTarget target, string query, byte[]? body, bool streaming)
    {
        var request = new HttpRequestMessage(Method(incoming.Method, target.AppId), app.Address(target.Path + query));

        if (body is not null)
            request.Content = new ByteArrayContent(body);
        else if (streaming || incoming.ContentLength > 0)
            request.Content = new RequestBody(incoming);
        else if (incoming.ContentLength is 0)
            request.Content = new ByteArrayContent([]);

        InvokeHeaders.CopyTo(request, incoming.Headers, Activity.Current?.Id ?? tracing.Continue(incoming.Headers.TraceParent));

        if (target.AppId != caller)
            InvokeHeaders.AddParties(request, caller, target.AppId);

        return request;
    }

    private static HttpMethod Method(string verb, string appId) => verb switch
    {
        "GET" => HttpMethod.Get,
        "POST" => HttpMethod.Post,
        "PUT" => HttpMethod.Put,
        "PATCH" => HttpMethod.Patch,
        "DELETE" => HttpMethod.Delete,
        "HEAD" => HttpMethod.Head,
        "OPTIONS" => HttpMethod.Options,
        "TRACE" => HttpMethod.Trace,
        "CONNECT" => throw DaprError.DirectInvoke(appId, "rpc error: code = InvalidArgument desc = invalid HTTP verb"),
        _ => HttpMethod.Post
    };

    private static async Task AnswerAsync(HttpContext context, HttpResponseMessage answer, CancellationToken ct)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        InvokeHeaders.CopyTo(context.Response, answer);
        var known = answer.Content.Headers.ContentLength;

        if (known is 0 || answer.StatusCode is HttpStatusCode.NoContent or HttpStatusCode.NotModified)
            return;

        try
        {
            await using var source = await answer.Content.ReadAsStreamAsync(ct);

            if (known is null)
                await context.Response.StartAsync(ct);

            await CopyAsync(source, context.Response, flushEach: known is null or > ReadAtOnce, ct);
        }
        catch (Exception e) when (context.Response.HasStarted)
        {
            // The caller has a status already; a broken connection is all that can still tell.
            context.Abort();
            throw new PermanentException("the answer broke off", e);
        }
    }

    private static async Task CopyAsync(Stream source, HttpResponse response, bool flushEach, CancellationToken ct)
    {
        var writer = response.BodyWriter;

        while (await source.ReadAsync(writer.GetMemory(4096), ct) is var read and > 0)
        {
            writer.Advance(read);

            if (flushEach)
                await writer.FlushAsync(ct);
        }
    }

    private static bool IsEventStream(HttpRequest request) => request.Headers.Accept is ["text/event-stream"];

    private static string Refused(HttpRequestException e) => $"rpc error: code = Internal desc = error invoking app channel: {e.Message}";

    private static async Task Fail(HttpContext context, string appId, Exception error)
    {
        if (context.Response.HasStarted)
            return;

        context.Response.Clear();

        if (error is AppFailure failure)
            await failure.WriteAsync(context.Response);
        else
            await Answers.FailAsync(context.Response, error as DaprError ?? DaprError.DirectInvoke(appId, error.Message));
    }
}
