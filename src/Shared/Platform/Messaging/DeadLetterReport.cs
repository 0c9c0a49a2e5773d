using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatApp.Platform.Messaging;

/// <summary>What a <c>deadletters</c> command found and did: the one document that <c>--json</c> prints.</summary>
/// <param name="Service">The app id.</param>
/// <param name="Command">What was asked for.</param>
/// <param name="Ok">Whether all is well.</param>
/// <param name="More">True when there are more letters than one command answers.</param>
/// <param name="Problem">What is wrong, and the remedy.</param>
public sealed record DeadLetterReport(string Service, string Command, bool Ok, bool More, IReadOnlyList<DeadLetterLine> Letters, string? Problem)
{
    public string ToJson() => JsonSerializer.Serialize(this, DeadLetterJson.Default.DeadLetterReport);

    /// <exception cref="JsonException">This is no report.</exception>
    public static DeadLetterReport Parse(string json) =>
        JsonSerializer.Deserialize(json, DeadLetterJson.Default.DeadLetterReport) ?? throw new JsonException("the report is empty.");
}

/// <summary>A letter, what was done with it, and for <c>show</c> the event as it came.</summary>
/// <param name="State">waiting, replayed, discarded, or failed: a replay that failed leaves it waiting.</param>
/// <param name="Payload">The event's bytes, where they are text.</param>
/// <param name="PayloadBase64">The event's bytes, where they are not.</param>
public sealed record DeadLetterLine(DeadLetter Letter, string State, string? Payload = null, string? PayloadBase64 = null)
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static DeadLetterLine Of(DeadLetter letter) => new(letter, letter.ReplayedAt is null ? "waiting" : "replayed");

    internal DeadLetterLine With(byte[] payload)
    {
        try
        {
            return this with { Payload = Strict.GetString(payload) };
        }
        catch (ArgumentException)
        {
            return this with { PayloadBase64 = Convert.ToBase64String(payload) };
        }
    }

    public string InFull() => $"""
        {this}
          event    {Letter.EventId ?? "?"}, key {Letter.Key ?? "?"}
          first    {Letter.FirstAt:O}
          trace    {Letter.TraceParent ?? "?"}
          payload  {Payload ?? PayloadBase64}
        """;

    /// <summary>One line, without the event itself: what is in it is nobody's business who only lists.</summary>
    public override string ToString() =>
        $"{Letter.Id}  {Letter.LastAt:yyyy-MM-ddTHH:mm:ssZ}  {State,-9}  {Letter.Topic ?? "?"}  {Letter.Type ?? "?"}  "
        + $"{Letter.Attempts} attempts: {Letter.Error?.ReplaceLineEndings(" ") ?? "none of them reached this service"}";
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DeadLetterReport))]
internal sealed partial class DeadLetterJson : JsonSerializerContext;
