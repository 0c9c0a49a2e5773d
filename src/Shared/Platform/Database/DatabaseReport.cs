using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.Platform.Database;

/// <summary>What a <c>db</c> command did or found: the one document that <c>--json</c> prints.</summary>
/// <param name="Service">The app id.</param>
/// <param name="Command">What was asked for.</param>
/// <param name="DryRun">Whether it only said what it would do.</param>
/// <param name="Database">The database's name.</param>
/// <param name="Server">Where it is.</param>
/// <param name="Ok">Whether all is well.</param>
/// <param name="Version">The newest step that was applied.</param>
/// <param name="Steps">The history after the command.</param>
/// <param name="Done">What the command did or, in a dry run, would do.</param>
/// <param name="Drift">Where the live database is not what the migrations declare.</param>
/// <param name="Problem">What is wrong, and the remedy.</param>
public sealed record DatabaseReport(
    string Service,
    string Command,
    bool DryRun,
    string? Database,
    string? Server,
    bool Ok,
    string? Version,
    IReadOnlyList<SchemaStep> Steps,
    IReadOnlyList<SchemaStep> Done,
    IReadOnlyList<string> Drift,
    string? Problem)
{
    /// <summary>What the database holds of the history that was stored in it.</summary>
    public IReadOnlyList<string> Seeded { get; init; } = [];

    public int Pending => Steps.Count(step => step.State is StepState.Pending or StepState.Interrupted);

    internal static string? NewestOf(IReadOnlyList<SchemaStep> steps) =>
        steps.LastOrDefault(step => step.State is StepState.Applied or StepState.Changed or StepState.Unknown)?.Version;

    public string ToJson() => JsonSerializer.Serialize(this, DatabaseJson.Default.DatabaseReport);

    /// <exception cref="JsonException">This is no report.</exception>
    public static DatabaseReport Parse(string json) =>
        JsonSerializer.Deserialize(json, DatabaseJson.Default.DatabaseReport) ?? throw new JsonException("the report is empty.");
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, Converters = [typeof(StepStateNames)], WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DatabaseReport))]
internal sealed partial class DatabaseJson : JsonSerializerContext;

internal sealed class StepStateNames() : JsonStringEnumConverter<StepState>(JsonNamingPolicy.SnakeCaseLower);
