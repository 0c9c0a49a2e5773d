using System.Globalization;
using System.Text.Json;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatApp.User.Settings;

internal static class SettingsEndpoints
{
    public static void MapSettings(this IEndpointRouteBuilder app)
    {
        var settings = app.MapGroup("/settings").WithTags("Settings").ProducesProblem(StatusCodes.Status401Unauthorized);

        settings.MapGet("/", Read)
            .WithName("GetSettings")
            .WithSummary("All my settings, chosen or by default")
            .WithDescription("The version is the entity tag too: send it as `If-Match` with a change that must not undo another.");
        settings.MapPatch("/", Change)
            .WithName("ChangeSettings")
            .WithSummary("Change some settings; null goes back to the default");
        settings.MapPut("/", Replace)
            .WithName("ReplaceSettings")
            .WithSummary("Choose all settings anew; what is absent goes back to the default");
        settings
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed);
    }

    private static async Task<Ok<AllSettings>> Read(CurrentUser user, SettingsStore store, HttpResponse response, CancellationToken ct) =>
        AllSettings.Answer(await store.FindAsync(user.Id, ct), response);

    private static Task<Results<Ok<AllSettings>, ProblemHttpResult>> Change(
        Dictionary<string, JsonElement> request,
        [FromHeader(Name = "If-Match")] string? ifMatch,
        CurrentUser user,
        SettingsStore store,
        HttpResponse response,
        CancellationToken ct) =>
        ApplyAsync(request, ifMatch, user, store, response, chosen => Chosen(chosen.Concat(request)), ct);

    private static Task<Results<Ok<AllSettings>, ProblemHttpResult>> Replace(
        Dictionary<string, JsonElement> request,
        [FromHeader(Name = "If-Match")] string? ifMatch,
        CurrentUser user,
        SettingsStore store,
        HttpResponse response,
        CancellationToken ct) =>
        ApplyAsync(request, ifMatch, user, store, response, _ => Chosen(request), ct);

    private static async Task<Results<Ok<AllSettings>, ProblemHttpResult>> ApplyAsync(
        Dictionary<string, JsonElement> request,
        string? ifMatch,
        CurrentUser user,
        SettingsStore store,
        HttpResponse response,
        Func<IReadOnlyDictionary<string, JsonElement>, Dictionary<string, JsonElement>> change,
        CancellationToken ct)
    {
        if (SettingsSchema.Complaints(request) is { } complaints)
            return Problem.Invalid(complaints);
        if (!TryReadVersion(ifMatch, out var known))
            return Problem.Invalid("If-Match", "Pass the version that you know, as in the ETag header of the settings.");

        var (outcome, settings) = await store.ChangeAsync(user.Id, known, change, ct);
        return outcome switch
        {
            SettingsChange.Done => AllSettings.Answer(settings, response),
            SettingsChange.Stale => Problem.Of(
                StatusCodes.Status412PreconditionFailed, "version_mismatch", $"The settings are of version {settings.Version} now: read them again."),
            SettingsChange.NoProfile => Problem.NotFound("profile_not_found", "Your profile is not there yet: try again in a moment."),
        };
    }

    /// <summary>Of several values of one name the last one counts, and null means none.</summary>
    private static Dictionary<string, JsonElement> Chosen(IEnumerable<KeyValuePair<string, JsonElement>> values)
    {
        var chosen = new Dictionary<string, JsonElement>();
        foreach (var (name, value) in values)
            chosen[name] = value;

        return chosen.Where(choice => choice.Value.ValueKind is not JsonValueKind.Null).ToDictionary();
    }

    private static bool TryReadVersion(string? ifMatch, out long? version)
    {
        version = null;
        if (ifMatch is null or "*")
            return true;

        var read = long.TryParse(ifMatch.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        version = number;
        return read;
    }
}

/// <summary>All settings of a user, by name.</summary>
internal sealed record AllSettings(long Version, IReadOnlyDictionary<string, JsonElement> Settings)
{
    public static Ok<AllSettings> Answer(ChosenSettings chosen, HttpResponse response)
    {
        response.Headers.ETag = $"\"{chosen.Version}\"";
        return TypedResults.Ok(new AllSettings(chosen.Version, SettingsSchema.Complete(chosen.Chosen)));
    }
}
