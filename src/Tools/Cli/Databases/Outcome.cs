using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.Cli.Databases;

/// <summary>What came of a command for one target.</summary>
/// <param name="Done">What was done or, in a dry run, would be.</param>
/// <param name="Drift">Where the live database is not what is declared.</param>
/// <param name="Problem">What is wrong, and the remedy.</param>
internal sealed record Outcome(
    string Service,
    string Database,
    bool Ok,
    string? Server = null,
    string? Version = null,
    int? Pending = null,
    IReadOnlyList<string>? Done = null,
    IReadOnlyList<string>? Drift = null,
    string? Problem = null);

/// <summary>What <c>--json</c> prints.</summary>
internal sealed record Outcomes(string Command, bool DryRun, bool Ok, IReadOnlyList<Outcome> Services)
{
    private static readonly JsonSerializerOptions Options =
        new(JsonSerializerDefaults.Web) { WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public string ToJson() => JsonSerializer.Serialize(this, Options);
}
