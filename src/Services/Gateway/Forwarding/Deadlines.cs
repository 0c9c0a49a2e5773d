using System.ComponentModel.DataAnnotations;

namespace ChatApp.Gateway.Forwarding;

/// <summary>How long the gateway waits for the services. Bound from "Deadlines".</summary>
internal sealed class Deadlines
{
    public const string Section = "Deadlines";

    /// <summary>A forwarded call may be this long without a byte.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Call { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What a composed screen gives each of its parts.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Part { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>What a registration waits for the newcomer's profile.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan Profile { get; init; } = TimeSpan.FromSeconds(2);
}
