using System.ComponentModel.DataAnnotations;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Notification.Preferences;

internal static class PreferenceEndpoints
{
    public static void MapPreferences(this IEndpointRouteBuilder app)
    {
        var preferences = app.MapGroup("/notification-preferences").WithTags("Preferences").ProducesProblem(StatusCodes.Status401Unauthorized);

        preferences.MapGet("/", FindAsync)
            .WithSummary("Which kinds of notifications I get; all, until I say otherwise");
        preferences.MapPut("/", SaveAsync)
            .WithSummary("Say which kinds of notifications I get, each of them")
            .ProducesValidationProblem();
    }

    private static async Task<Ok<NotificationPreferences>> FindAsync(CurrentUser user, PreferenceStore preferences, CancellationToken ct) =>
        TypedResults.Ok(await preferences.FindAsync(user.Id, ct));

    private static async Task<Ok<NotificationPreferences>> SaveAsync(
        NotificationPreferences request, CurrentUser user, PreferenceStore preferences, CancellationToken ct)
    {
        await preferences.SaveAsync(user.Id, request, ct);
        return TypedResults.Ok(request);
    }
}

/// <param name="Message">Somebody wrote in a conversation that is not muted.</param>
/// <param name="FriendRequest">Somebody wants to be my friend.</param>
/// <param name="FriendAccepted">Somebody accepted my request.</param>
public sealed record NotificationPreferences([Required] bool? Message, [Required] bool? FriendRequest, [Required] bool? FriendAccepted)
{
    internal static NotificationPreferences Default { get; } = new(true, true, true);
}
