using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.User.Relationships;

/// <summary>Outcomes as answers.</summary>
internal static class Outcomes
{
    public static Results<NoContent, ProblemHttpResult> ToNoContent(this Verdict verdict) =>
        verdict.Outcome is Outcome.Changed or Outcome.AsBefore ? TypedResults.NoContent() : verdict.Outcome.ToProblem();

    public static ProblemHttpResult ToProblem(this Outcome outcome) => outcome switch
    {
        Outcome.NoSuchUser => Problem.NotFound("user_not_found", "There is no such user."),
        Outcome.NoSuchRequest => Problem.NotFound("friend_request_not_found", "There is no such friend request."),
        Outcome.NotFriends => Problem.NotFound("friend_not_found", "You are not friends."),
        Outcome.AlreadyFriends => Problem.Conflict("already_friends", "You are friends already."),
        Outcome.BlockedByMe => Problem.Conflict("user_blocked", "You have blocked this user: lift the block first."),
        Outcome.Myself => Problem.Invalid("userId", "This is you."),
        Outcome.Changed or Outcome.AsBefore => throw new InvalidOperationException($"{outcome} is no failure."),
    };
}
