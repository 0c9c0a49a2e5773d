namespace ChatApp.LocalStack.Telemetry;

/// <summary>One step of a trace.</summary>
/// <param name="Links">The traces of those for whom this was done too.</param>
public sealed record Span(
    string TraceId,
    string SpanId,
    string? ParentId,
    string Service,
    string Instance,
    string Name,
    DateTimeOffset Start,
    DateTimeOffset End,
    IReadOnlyDictionary<string, string> Attributes,
    bool Failed,
    IReadOnlyList<string> Links);

/// <summary>The last value of a metric.</summary>
/// <param name="Value">Of a histogram, the sum of all that was recorded.</param>
public sealed record Measured(string Service, string Instance, string Name, IReadOnlyDictionary<string, string> Attributes, double Value)
{
    /// <summary>How often a histogram was recorded to.</summary>
    public ulong? Count { get; init; }
}
