using System.Diagnostics.Metrics;
using System.Globalization;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>
/// As with daprd, the sidecar's own spans go where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> of its environment says. With them goes what daprd leaves to the broker's
/// own tools: how many messages wait for each app.
/// </summary>
internal sealed class SidecarTelemetry : IAsyncDisposable
{
    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<AppSidecar> _sidecars;
    private readonly Meter _meter = new(Tracing.Source.Name);
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _counting;
    private volatile IReadOnlyList<Measurement<long>> _waiting = [];

    private SidecarTelemetry(IReadOnlyList<AppSidecar> sidecars)
    {
        _sidecars = sidecars;
        _meter.CreateObservableGauge("chatapp.sidecar.waiting", () => _waiting, "{message}", "Messages that the broker has for an app and that are not handled yet.");
        _traces = Sdk.CreateTracerProviderBuilder().ConfigureResource(Describe).AddSource(Tracing.Source.Name).AddOtlpExporter().Build();
        _metrics = Sdk.CreateMeterProviderBuilder().ConfigureResource(Describe).AddMeter(_meter.Name).AddOtlpExporter().Build();
        _counting = CountAsync(_stop.Token);

        static void Describe(ResourceBuilder resource) => resource.AddService("sidecar", serviceNamespace: "chatapp");
    }

    public static SidecarTelemetry? Start(IReadOnlyList<AppSidecar> sidecars) =>
        Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } ? new SidecarTelemetry(sidecars) : null;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _counting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _traces.Dispose();
        _metrics.Dispose();
        _meter.Dispose();
        _stop.Dispose();
    }

    private async Task CountAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(CountInterval);
        while (await timer.WaitForNextTickAsync(ct))
        {
            var apps = await Task.WhenAll(_sidecars.Select(async sidecar => (sidecar.AppId, Waiting: await sidecar.WaitingAsync(ct))));
            // Replicas of an app tell the same of a topic that is counted as a whole.
            _waiting = [.. apps.SelectMany(app => app.Waiting.Select(waiting => (app.AppId, waiting))).DistinctBy(one => one with { waiting = one.waiting with { Count = 0 } })
                .Select(one => new Measurement<long>(
                    one.waiting.Count,
                    new("dapr.app_id", one.AppId),
                    new("messaging.destination.name", one.waiting.Topic),
                    new("messaging.consumer.group.name", one.waiting.Group),
                    new("messaging.destination.partition.id", one.waiting.Partition?.ToString(CultureInfo.InvariantCulture) ?? "")))];
        }
    }
}
