using ChatApp.Chat.Directory;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Conversations;

/// <summary>Refusals that several routes share.</summary>
internal static class ConversationProblems
{
    /// <summary>The same whether it does not exist or the caller is not in it.</summary>
    public static ProblemHttpResult NotFound() => Problem.NotFound("conversation_not_found", "There is no such conversation.");

    public static ProblemHttpResult UsersUnavailable(HttpResponse response) =>
        Problem.Unavailable(response, "user_service_unavailable", "It can't be checked now whether the users exist. Try again.");

    public static ProblemHttpResult NotConfirmed(HttpResponse response) =>
        Problem.Unavailable(response, "change_not_confirmed", "It is not known whether the change was stored. Look, and try again.");

    public static ProblemHttpResult UserNotFound() => Problem.NotFound("user_not_found", "There is no such user.");

    /// <summary>Null when nobody blocks. Who is blocked is told what a stranger to the system would hear; who blocks is told the reason.</summary>
    public static ProblemHttpResult? Of(BlockState state) => state switch
    {
        BlockState.ByMe => Problem.Forbidden("user_blocked", "You have blocked this user."),
        BlockState.ByOther => UserNotFound(),
        _ => null,
    };
}
