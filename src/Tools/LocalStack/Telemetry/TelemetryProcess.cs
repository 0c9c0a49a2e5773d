using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ChatApp.LocalStack.Telemetry;

/// <summary>The verb "telemetry": takes traces and metrics by OTLP over HTTP, and shows them; a process of its own, until it is told to stop.</summary>
internal static class TelemetryProcess
{
    /// <summary>Who sends or reads shows this as a bearer token.</summary>
    public const string TokenVariable = "CHATAPP_TELEMETRY_TOKEN";

    private const string Protobuf = "application/x-protobuf";

    public static async Task<int> RunAsync(string[] args)
    {
        if (args is not ["--port", var portText] || !int.TryParse(portText, CultureInfo.InvariantCulture, out var port)
            || Environment.GetEnvironmentVariable(TokenVariable) is not { Length: > 0 } token)
        {
            await Console.Error.WriteLineAsync($"usage: {TokenVariable}=<token> ChatApp.LocalStack telemetry --port <port>");
            return 2;
        }

        await using var server = await StartAsync(port, token);
        Console.WriteLine($"OTLP on {server.Urls.First()}");
        await StopSignal.WaitAsync();
        return 0;
    }

    /// <summary>Port 0 takes a free one.</summary>
    public static async Task<WebApplication> StartAsync(int port, string token)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port));
        builder.Services.AddRoutingCore();
        var server = builder.Build();
        server.Use((context, next) =>
        {
            if (IsSigned(context.Request, token))
                return next(context);

            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return Task.CompletedTask;
        });
        Map(server, new TelemetryStore());
        await server.StartAsync();
        return server;
    }

    private static void Map(WebApplication server, TelemetryStore store)
    {
        Take(server, "traces", request => store.Add(Otlp.Spans(request)));
        Take(server, "metrics", request => store.Add(Otlp.Measurements(request)));
        // The logs of this stack are files, beside this one's own.
        Take(server, "logs", _ => { });
        server.MapGet("/traces/{id}", (HttpContext context, string id) => context.Response.WriteAsJsonAsync(store.Find(id), context.RequestAborted));
        server.MapGet("/metrics", (HttpContext context) => context.Response.WriteAsJsonAsync(store.Measurements(), context.RequestAborted));
    }

    private static void Take(WebApplication server, string signal, Action<ByteString> take) => server.MapPost($"/v1/{signal}", async (HttpContext context) =>
    {
        try
        {
            take(await ByteString.FromStreamAsync(context.Request.Body, context.RequestAborted));
            // An empty protobuf message: everything was taken.
            context.Response.ContentType = Protobuf;
        }
        catch (InvalidProtocolBufferException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    });

    private static bool IsSigned(HttpRequest request, string token) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(request.Headers.Authorization.ToString()), Encoding.UTF8.GetBytes($"Bearer {token}"));
}
