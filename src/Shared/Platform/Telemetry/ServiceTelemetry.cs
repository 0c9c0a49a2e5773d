using System.Diagnostics;
using System.Globalization;
using ChatApp.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatApp.Platform.Telemetry;

/// <summary>
/// Traces, metrics and logs by OpenTelemetry, to the collector that <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> names. Without one nothing is gathered; the trace context
/// still travels with calls and events.
/// </summary>
public static class ServiceTelemetry
{
    /// <summary>Spans that no library makes: what is published, and what is written for many at once.</summary>
    public static ActivitySource Source { get; } = new("ChatApp");

    /// <summary>What is measured: our own, requests, database pools, and the process.</summary>
    public static IReadOnlyList<string> Meters { get; } =
        [MessagingMetrics.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Npgsql", "System.Runtime"];

    internal static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is not { Length: > 0 } || ServiceCommands.IsOne(Environment.GetCommandLineArgs()[1..]))
            return builder;

        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(
                builder.Configuration["APP_ID"] ?? builder.Environment.ApplicationName,
                serviceNamespace: "chatapp",
                serviceInstanceId: $"{Environment.MachineName}-{Environment.ProcessId}"))
            .WithTracing(traces => traces
                .SetSampler(new ParentBasedSampler(new EntrySampler(Share(builder.Configuration["OTEL_TRACES_SAMPLER_ARG"]))))
                .AddSource(Source.Name, "Npgsql", MongoTelemetry.ActivitySourceName, "Grpc.Net.Client")
                .AddAspNetCoreInstrumentation(http => http.Filter = IsOfInterest)
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter([.. Meters]))
            .WithLogging(configureBuilder: null, logs => logs.IncludeFormattedMessage = true)
            .UseOtlpExporter();
        return builder;
    }

    /// <summary>Probes come every few seconds and tell nothing.</summary>
    private static bool IsOfInterest(HttpContext context) =>
        !context.Request.Path.StartsWithSegments("/health", StringComparison.Ordinal) && !context.Request.Path.StartsWithSegments("/dapr", StringComparison.Ordinal);

    /// <exception cref="StartupException">It is no number from 0 to 1.</exception>
    private static double Share(string? given) =>
        given is null or "" ? 1
        : double.TryParse(given, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1 ? share
        : throw new StartupException($"OTEL_TRACES_SAMPLER_ARG is {given}: it is the share of requests that are traced, from 0 to 1.");
}
