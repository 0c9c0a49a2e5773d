using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.Platform.ReadModels;

/// <summary>What a service keeps although the truth of it is elsewhere: with another service, or in a log of its own. It can be made anew while the system runs.</summary>
public interface IReadModel
{
    string Name { get; }

    /// <summary>Compares it with its source and, unless <paramref name="check"/>, repairs it. Must do no harm to what is written meanwhile.</summary>
    /// <param name="state">What the owner's program says of its state; empty for a model of the service's own data.</param>
    /// <param name="ready">To be called before the first line of <paramref name="state"/> is read, and before the owner's program begins to read its state.</param>
    /// <returns>Where it differed.</returns>
    Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct);
}

/// <summary>What came of a comparison.</summary>
/// <param name="Compared">How many entries were looked at.</param>
/// <param name="Drift">Those that differed, one line each.</param>
public sealed record Comparison(long Compared, IReadOnlyList<string> Drift);

/// <summary>What a <c>rebuild</c> command found and did, as one JSON document.</summary>
/// <param name="Drifted">How many entries differed.</param>
/// <param name="Drift">The first of them.</param>
public sealed record RebuildReport(string Service, string Model, bool Check, bool Ok, long Compared, int Drifted, IReadOnlyList<string> Drift, string? Problem = null)
{
    public string ToJson() => JsonSerializer.Serialize(this, RebuildJson.Default.RebuildReport);

    /// <exception cref="JsonException">This is no report.</exception>
    public static RebuildReport Parse(string json) =>
        JsonSerializer.Deserialize(json, RebuildJson.Default.RebuildReport) ?? throw new JsonException("the report is empty.");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(RebuildReport))]
internal sealed partial class RebuildJson : JsonSerializerContext;
