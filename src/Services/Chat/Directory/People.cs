using System.Net.Http.Headers;
using ChatApp.Chat.Conversations;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Directory;

/// <summary>What must be true of people whom somebody wants in a conversation.</summary>
internal sealed class People(UserDirectory users, BlockStore blocks)
{
    /// <summary>Who asks exists, as his token says; only the others are looked for.</summary>
    /// <exception cref="HttpRequestException">The user service can't be reached.</exception>
    public async Task<ProblemHttpResult?> RefusalAsync(
        Guid userId, IReadOnlyCollection<Guid> others, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        if (ConversationProblems.Of(await blocks.AnyAsync(userId, others, ct)) is { } blocked)
            return blocked;

        return await users.KnowsAsync(others, caller, ct) ? null : ConversationProblems.UserNotFound();
    }
}
