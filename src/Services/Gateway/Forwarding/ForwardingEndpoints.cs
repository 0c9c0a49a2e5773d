using System.Net;
using ChatApp.Platform;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace ChatApp.Gateway.Forwarding;

internal static class ForwardingEndpoints
{
    public static void AddForwarding(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<Deadlines>().BindConfiguration(Deadlines.Section).ValidateDataAnnotations().ValidateOnStart();
        builder.Services.AddSingleton<Sidecar>();
        builder.Services.AddSingleton<Registration>();
        builder.Services.AddHttpForwarder();
        // A stack trace for each call while a service is down; the line below says enough.
        builder.Logging.AddFilter("Yarp", LogLevel.Error);
    }

    /// <summary>
    /// Forwarded routes short-circuit: the service checks the token itself, and checking its signature here too would cost every message twice.
    /// </summary>
    public static void MapForwarding(this WebApplication app)
    {
        var sidecar = app.Services.GetRequiredService<Sidecar>();
        var calls = PublicRoutes.Apps.ToDictionary(name => name, name => new ForwardedCall(name, sidecar));

        app.MapForward(PublicRoutes.KeySet, [HttpMethods.Get], calls[PublicRoutes.Auth]);
        app.MapForward($"{PublicRoutes.ApiPrefix}/auth/register", [HttpMethods.Post], app.Services.GetRequiredService<Registration>());
        foreach (var (prefix, name) in PublicRoutes.Forwarded)
            app.MapForward($"{PublicRoutes.ApiPrefix}{prefix}/{{**rest}}", PublicRoutes.Methods, calls[name]);
    }

    /// <summary>Without it, a path that does not exist would ask for a token first.</summary>
    public static void MapNothingElse(this WebApplication app) =>
        app.MapFallback("/{**path}", () => Problem.NotFound("not_found", "There is nothing at this address."))
            .AllowAnonymous()
            .ExcludeFromDescription();

    private static void MapForward(this WebApplication app, string pattern, string[] methods, ForwardedCall call)
    {
        var forwarder = app.Services.GetRequiredService<IHttpForwarder>();
        var sidecar = app.Services.GetRequiredService<Sidecar>();
        var logger = app.Services.GetRequiredService<ILogger<ForwardedCall>>();
        var config = new ForwarderRequestConfig
        {
            ActivityTimeout = app.Services.GetRequiredService<IOptions<Deadlines>>().Value.Call,
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        app.MapMethods(pattern, methods, async (HttpContext context) =>
            {
                if (!PublicPath.IsPlain(context.Request.Path.Value))
                {
                    await Problem.Of(StatusCodes.Status400BadRequest, "invalid_path", "The path has characters that no address of this API has.").ExecuteAsync(context);
                    return;
                }

                var error = await forwarder.SendAsync(context, sidecar.AddressOf(call.App), sidecar.Connections, config, call);
                if (error == ForwarderError.None && ForwardedCall.FailedOnTheWay(context))
                    error = ForwarderError.NoAvailableDestinations;
                if (error == ForwarderError.None || context.RequestAborted.IsCancellationRequested)
                    return;

                logger.LogWarning("A call to {App} failed: {Error}", call.App, error);
                if (!context.Response.HasStarted)
                    await FailedCall.Describe(context, call.App, error).ExecuteAsync(context);
            })
            .AllowAnonymous()
            .ShortCircuit()
            .ExcludeFromDescription();
    }
}
