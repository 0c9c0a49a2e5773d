using ChatApp.Chat.Directory;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Conversations;

/// <summary>Refusals that several routes share.</summary>
internal static class ConversationProblems
{
    /// <summary>The same whether it does not exist or the caller is not in it.</summary>
    public static ProblemHttpResult NotFound() => Problem.NotFound("conversation_not_found", "There is no such conversation.");

    public static ProblemHttpResult UserNotFound() => Problem.NotFound("user_not_found", "There is no such user.");

    /// <summary>Null when nobody blocks. Who is blocked is told what a stranger to the system would hear; who blocks is told the reason.</summary>
    public static ProblemHttpResult? Of(BlockState state) => state switch
    {
        BlockState.ByMe => Problem.Forbidden("user_blocked", "You have blocked this user."),
        BlockState.ByOther => UserNotFound(),
        _ => null,
    };
}
