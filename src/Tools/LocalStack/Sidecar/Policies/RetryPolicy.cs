using ChatApp.LocalStack.Sidecar.Resources;

namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>Dapr's two ways of trying again. Only the interval's upper bound can be set for the exponential one.</summary>
internal sealed record RetryPolicy(bool Exponential, TimeSpan Interval, TimeSpan MaxInterval, int MaxRetries)
{
    private const double Growth = 1.5;
    private const double Jitter = 0.5;
    private static readonly TimeSpan MaxElapsed = TimeSpan.FromMinutes(15);

    private StatusRanges Http { get; init; } = new(null, 100, 599);

    public static RetryPolicy From(string name, RetrySpec spec)
    {
        var exponential = spec.Policy switch
        {
            null or "constant" => false,
            "exponential" => true,
            _ => throw new ResourceException($"Retry {name}: policy \"{spec.Policy}\" is neither \"constant\" nor \"exponential\".")
        };

        // Checked although nothing here speaks gRPC to an app.
        _ = new StatusRanges(spec.Matching?.GrpcStatusCodes, 0, 16);

        return new RetryPolicy(
            exponential,
            exponential ? TimeSpan.FromMilliseconds(500) : GoDuration.Parse(spec.Duration ?? "5s"),
            GoDuration.Parse(spec.MaxInterval ?? "60s"),
            spec.MaxRetries ?? -1)
        {
            Http = new StatusRanges(spec.Matching?.HttpStatusCodes, 100, 599)
        };
    }

    /// <summary>A failure without a status code, such as a refused connection, is always worth another try.</summary>
    public bool Retries(Exception failure) => failure switch
    {
        PermanentException or CircuitOpenException => false,
        StatusException status => Http.Contains(status.Code),
        _ => true
    };

    /// <summary>How long to wait before retry number <paramref name="retry"/> (from 1); null ends the attempts.</summary>
    public TimeSpan? Delay(int retry, TimeSpan elapsed)
    {
        if (MaxRetries >= 0 && retry > MaxRetries)
            return null;

        if (!Exponential)
            return Interval;

        if (elapsed > MaxElapsed)
            return null;

        return Grown(retry) * (1 - Jitter + 2 * Jitter * Random.Shared.NextDouble());
    }

    /// <summary>What <see cref="Delay"/> can be at most.</summary>
    public TimeSpan LongestDelay(int retry) => Exponential ? Grown(retry) * (1 + Jitter) : Interval;

    private TimeSpan Grown(int retry) =>
        TimeSpan.FromTicks((long)Math.Min(Interval.Ticks * Math.Pow(Growth, Math.Min(retry - 1, 60)), MaxInterval.Ticks));
}
