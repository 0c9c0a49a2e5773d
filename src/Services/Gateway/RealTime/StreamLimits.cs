using System.ComponentModel.DataAnnotations;

namespace ChatApp.Gateway.RealTime;

/// <summary>What a live stream may cost. Bound from "Stream".</summary>
internal sealed class StreamLimits
{
    public const string Section = "Stream";

    /// <summary>Events that wait for a slow reader before it is cut.</summary>
    [Range(1, 10_000)]
    public int Queue { get; init; } = 256;

    [Range(1, 10_000)]
    public int StreamsPerUser { get; init; } = 20;

    /// <summary>How long a first stream waits for what its person's conversations are.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Load { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>A stream is never silent for longer: proxies cut those that are.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often streams are looked after, which is how exactly they expire.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan Sweep { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What a stream that ends has for its last words, before the connection is closed without them.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:01:00")]
    public TimeSpan LastWords { get; init; } = TimeSpan.FromSeconds(2);
}
