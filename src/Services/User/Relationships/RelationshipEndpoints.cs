using System.ComponentModel.DataAnnotations;
using ChatApp.Platform.Tokens;
using ChatApp.User.Profiles;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.User.Relationships;

internal static class RelationshipEndpoints
{
    public static void MapRelationships(this IEndpointRouteBuilder app)
    {
        var friends = app.MapGroup("/friends").WithTags("Friends").ProducesProblem(StatusCodes.Status401Unauthorized);

        friends.MapGet("/", ListFriends)
            .WithName("ListFriends")
            .WithSummary("My friends, the newest first")
            .ProducesValidationProblem();
        friends.MapDelete("/{userId:guid}", Remove)
            .WithName("RemoveFriend")
            .WithSummary("End a friendship")
            .ProducesProblem(StatusCodes.Status404NotFound);

        var requests = app.MapGroup("/friend-requests").WithTags("Friend requests").ProducesProblem(StatusCodes.Status401Unauthorized);

        requests.MapGet("/", ListRequests)
            .WithName("ListFriendRequests")
            .WithSummary("Friend requests that wait, mine and those to me, the newest first")
            .ProducesValidationProblem();
        requests.MapPost("/", Request)
            .WithName("RequestFriendship")
            .WithSummary("Ask somebody for their friendship")
            .WithDescription("When they have asked me already, we are friends. Asking again changes nothing.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict);
        requests.MapPost("/{userId:guid}/accept", Accept)
            .WithName("AcceptFriendRequest")
            .WithSummary("Accept a user's request")
            .ProducesProblem(StatusCodes.Status404NotFound);
        requests.MapPost("/{userId:guid}/decline", Decline)
            .WithName("DeclineFriendRequest")
            .WithSummary("Decline a user's request; they are not told")
            .ProducesProblem(StatusCodes.Status404NotFound);
        requests.MapDelete("/{userId:guid}", Cancel)
            .WithName("CancelFriendRequest")
            .WithSummary("Take back my request to a user")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<Page<Friend>>, ProblemHttpResult>> ListFriends(
        CurrentUser user, ContactStore contacts, CancellationToken ct, [StringLength(200)] string? after = null, [Range(1, 100)] int limit = 50) =>
        Place.Read(after) is { } place ? TypedResults.Ok(await contacts.FriendsAsync(user.Id, place, limit, ct)) : Place.Unreadable();

    private static async Task<Results<Ok<Page<FriendRequest>>, ProblemHttpResult>> ListRequests(
        CurrentUser user, ContactStore contacts, CancellationToken ct, [StringLength(200)] string? after = null, [Range(1, 100)] int limit = 50) =>
        Place.Read(after) is { } place ? TypedResults.Ok(await contacts.RequestsAsync(user.Id, place, limit, ct)) : Place.Unreadable();

    private static async Task<Results<Created<Standing>, Ok<Standing>, ProblemHttpResult>> Request(
        RequestFriendship request, CurrentUser user, RelationshipStore relationships, CancellationToken ct)
    {
        var verdict = await relationships.RequestAsync(user.Id, request.UserId!.Value, ct);
        return verdict.Outcome switch
        {
            Outcome.Changed when verdict.Steps[^1].Status is PairStatus.Pending => TypedResults.Created($"/users/{request.UserId}", Standing.Of(user.Id, verdict)),
            Outcome.Changed or Outcome.AsBefore => TypedResults.Ok(Standing.Of(user.Id, verdict)),
            var failure => failure.ToProblem(),
        };
    }

    private static async Task<Results<Ok<Standing>, ProblemHttpResult>> Accept(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        await relationships.AcceptAsync(user.Id, userId, ct) is { Outcome: Outcome.Changed or Outcome.AsBefore } verdict
            ? TypedResults.Ok(Standing.Of(user.Id, verdict))
            : Outcome.NoSuchRequest.ToProblem();

    private static async Task<Results<NoContent, ProblemHttpResult>> Decline(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        (await relationships.DeclineAsync(user.Id, userId, ct)).ToNoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> Cancel(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        (await relationships.CancelAsync(user.Id, userId, ct)).ToNoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> Remove(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        (await relationships.RemoveAsync(user.Id, userId, ct)).ToNoContent();
}

public sealed record RequestFriendship([Required] Guid? UserId);

/// <summary>What somebody is to me now, and since when.</summary>
internal sealed record Standing(Guid UserId, Friendship Friendship, DateTimeOffset Since)
{
    public static Standing Of(Guid me, Verdict verdict)
    {
        var pair = verdict.Steps[^1];
        return new(pair.OtherThan(me), pair.Status is PairStatus.Accepted ? Friendship.Friends : Friendship.RequestSent, pair.StatusAt);
    }
}
