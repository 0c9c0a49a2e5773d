using System.Net.Http.Headers;
using ChatApp.Chat.Directory;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;
using Started = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Created<ChatApp.Chat.Conversations.ConversationView>,
    Microsoft.AspNetCore.Http.HttpResults.Ok<ChatApp.Chat.Conversations.ConversationView>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>;

namespace ChatApp.Chat.Conversations;

/// <summary>Starts conversations for a caller, with what must be true of the people in them.</summary>
internal sealed class ConversationStarter(ConversationStore conversations, ConversationViews views, UserDirectory users, BlockStore blocks, TimeProvider time)
{
    public async Task<Started> DirectAsync(
        Guid userId, Guid otherId, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        if (otherId == userId)
            return Problem.Invalid("userId", "A conversation needs somebody else.");
        if (await conversations.FindDirectAsync(userId, otherId, ct) is { } existing)
            return TypedResults.Ok(await views.DetailAsync(existing, userId, ct));
        if (await RefusalAsync(userId, [otherId], caller, ct) is { } refusal)
            return refusal;

        var (conversation, created) = await conversations.StartDirectAsync(userId, otherId, time.GetUtcNow(), ct);
        var detail = await views.DetailAsync(conversation, userId, ct);
        return created ? TypedResults.Created($"/conversations/{conversation.Id}", detail) : TypedResults.Ok(detail);
    }

    public async Task<Started> GroupAsync(
        Guid userId, string title, IReadOnlyList<Guid> memberIds, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        var others = memberIds.Where(id => id != userId).Distinct().ToArray();
        if (others.Length == 0)
            return Problem.Invalid("memberIds", "A group needs somebody else.");
        if (await RefusalAsync(userId, others, caller, ct) is { } refusal)
            return refusal;

        var conversation = await conversations.StartGroupAsync(userId, title, others, time.GetUtcNow(), ct);
        return TypedResults.Created($"/conversations/{conversation.Id}", await views.DetailAsync(conversation, userId, ct));
    }

    /// <summary>Who starts it exists, as his token says; only the others are looked for.</summary>
    private async Task<ProblemHttpResult?> RefusalAsync(
        Guid userId, IReadOnlyCollection<Guid> others, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        if (ConversationProblems.Of(await blocks.AnyAsync(userId, others, ct)) is { } blocked)
            return blocked;

        return await users.KnowsAsync(others, caller, ct) ? null : ConversationProblems.UserNotFound();
    }
}
