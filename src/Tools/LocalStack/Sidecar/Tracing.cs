using System.Diagnostics;
using System.Globalization;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>
/// Passes W3C trace contexts on, and starts one where a request has none and the configuration samples. Where spans are gathered (<see cref="SidecarTelemetry"/>) the
/// sidecar's own are part of the trace.
/// </summary>
internal sealed class Tracing(string appId, TracingSpec? spec)
{
    private readonly double _rate = spec is null ? 0
        : string.IsNullOrEmpty(spec.SamplingRate) ? 0.0001
        : double.TryParse(spec.SamplingRate, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) ? rate
        : throw new ResourceException($"tracing.samplingRate \"{spec.SamplingRate}\" is not a number.");

    public static ActivitySource Source { get; } = new("ChatApp.Sidecar");

    /// <summary>A span of this sidecar, behind the caller's; null where none are gathered or the caller's trace is not sampled.</summary>
    public Activity? Start(string verb, string target, ActivityKind kind, string? traceparent, string? tracestate = null)
    {
        if (!Source.HasListeners())
            return null;

        ActivityContext.TryParse(traceparent, tracestate, isRemote: true, out var caller);
        return Source.StartActivity($"{verb} {target}", kind, caller)?.SetTag("dapr.app_id", appId);
    }

    /// <summary>The traceparent to pass on; empty when there is none and tracing is off.</summary>
    public string Continue(string? traceparent)
    {
        if (!string.IsNullOrEmpty(traceparent) || _rate <= 0)
            return traceparent ?? "";

        var sampled = Random.Shared.NextDouble() < _rate;
        return $"00-{ActivityTraceId.CreateRandom().ToHexString()}-{ActivitySpanId.CreateRandom().ToHexString()}-{(sampled ? "01" : "00")}";
    }
}

internal readonly record struct TraceContext(string Parent, string State);
