using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>As with daprd, the sidecar's own spans go where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> of its environment says.</summary>
internal static class SidecarTelemetry
{
    public static IDisposable? Start() => Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 }
        ? Sdk.CreateTracerProviderBuilder()
            .ConfigureResource(resource => resource.AddService("sidecar", serviceNamespace: "chatapp"))
            .AddSource(Tracing.Source.Name)
            .AddOtlpExporter()
            .Build()
        : null;
}
