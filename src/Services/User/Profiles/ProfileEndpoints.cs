using System.ComponentModel.DataAnnotations;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.User.Profiles;

internal static class ProfileEndpoints
{
    public static void MapProfiles(this IEndpointRouteBuilder app)
    {
        var profiles = app.MapGroup("").WithTags("Profiles").ProducesProblem(StatusCodes.Status401Unauthorized);

        profiles.MapGet("/me", ReadMine)
            .WithName("GetMe")
            .WithSummary("My profile")
            .WithDescription("Says 404, code `profile_not_found`, in the moment between signing up and the making of the profile.")
            .ProducesProblem(StatusCodes.Status404NotFound);

        profiles.MapPatch("/me", ChangeMine)
            .WithName("ChangeMe")
            .WithSummary("Change my profile")
            .WithDescription("What is absent or null stays as it is; an empty text takes picture or bio away.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound);

        profiles.MapGet("/users/{id:guid}", Read)
            .WithName("GetUser")
            .WithSummary("Somebody's profile, and what they are to me")
            .WithDescription("Who has blocked me is not found, as if there were nobody.")
            .ProducesProblem(StatusCodes.Status404NotFound);

        profiles.MapGet("/users", Search)
            .WithName("SearchUsers")
            .WithSummary("Find people by the beginning of their user name or display name")
            .WithDescription("Upper and lower case are the same. Blocked, private and undiscoverable people are not found.")
            .ProducesValidationProblem();
    }

    private static async Task<Results<Ok<Profile>, ProblemHttpResult>> ReadMine(CurrentUser user, ProfileStore profiles, CancellationToken ct) =>
        await profiles.FindAsync(user.Id, ct) is { } mine ? TypedResults.Ok(mine) : NotMade();

    private static async Task<Results<Ok<Profile>, ProblemHttpResult>> ChangeMine(
        ChangeProfile request, CurrentUser user, ProfileStore profiles, TimeProvider time, CancellationToken ct) =>
        await profiles.ChangeAsync(user.Id, request.Apply, time.GetUtcNow(), ct) is { } mine ? TypedResults.Ok(mine) : NotMade();

    private static async Task<Results<Ok<Person>, ProblemHttpResult>> Read(Guid id, CurrentUser user, ProfileStore profiles, CancellationToken ct) =>
        await profiles.FindForAsync(user.Id, id, ct) is { } person ? TypedResults.Ok(person) : Problem.NotFound("user_not_found", "There is no such user.");

    private static async Task<Results<Ok<Page<PersonSummary>>, ProblemHttpResult>> Search(
        [StringLength(64)] string query,
        CurrentUser user,
        ProfileSearch profiles,
        CancellationToken ct,
        [StringLength(500)] string? after = null,
        [Range(1, 50)] int limit = 20)
    {
        if (string.IsNullOrWhiteSpace(query))
            return Problem.Invalid("query", "At least one character.");

        return await profiles.FindAsync(user.Id, query.Trim(), after, limit, ct) is { } page
            ? TypedResults.Ok(page)
            : Problem.Invalid("after", "Pass the `next` of the part before.");
    }

    private static ProblemHttpResult NotMade() => Problem.NotFound("profile_not_found", "Your profile is not there yet: try again in a moment.");
}

/// <param name="DisplayName">What others see.</param>
/// <param name="AvatarUrl">A picture's https address.</param>
/// <param name="Bio">A few words about me.</param>
public sealed record ChangeProfile(
    [StringLength(64, MinimumLength = 1), RegularExpression(@"^\S(.*\S)?$", ErrorMessage = "One line that does not begin or end with a space.")] string? DisplayName,
    [StringLength(2048), HttpsUrl] string? AvatarUrl,
    [StringLength(500)] string? Bio,
    Visibility? Visibility)
{
    internal Profile Apply(Profile profile) => profile with
    {
        DisplayName = DisplayName ?? profile.DisplayName,
        AvatarUrl = AvatarUrl is null ? profile.AvatarUrl : NullIfEmpty(AvatarUrl),
        Bio = Bio is null ? profile.Bio : NullIfEmpty(Bio),
        Visibility = Visibility ?? profile.Visibility,
    };

    private static string? NullIfEmpty(string text) => string.IsNullOrWhiteSpace(text) ? null : text;
}
