using System.Diagnostics;
using OpenTelemetry.Trace;

namespace ChatApp.Platform.Telemetry;

/// <summary>
/// A trace begins where a request or an event comes in: a share of them is recorded. What a background loop asks of its store every few seconds begins none.
/// </summary>
internal sealed class EntrySampler(double share) : Sampler
{
    private readonly TraceIdRatioBasedSampler _ratio = new(share);

    public override SamplingResult ShouldSample(in SamplingParameters samplingParameters) =>
        samplingParameters.Kind == ActivityKind.Client ? new SamplingResult(SamplingDecision.Drop) : _ratio.ShouldSample(samplingParameters);
}
