using System.Diagnostics;
using System.Globalization;
using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>Passes W3C trace contexts on, and starts one where a request has none and the configuration samples.</summary>
internal sealed class Tracing(TracingSpec? spec)
{
    private readonly double _rate = spec is null ? 0
        : string.IsNullOrEmpty(spec.SamplingRate) ? 0.0001
        : double.TryParse(spec.SamplingRate, NumberStyles.Float, CultureInfo.InvariantCulture, out var rate) ? rate
        : throw new ResourceException($"tracing.samplingRate \"{spec.SamplingRate}\" is not a number.");

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
