using System.ComponentModel.DataAnnotations;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Sync;

internal static class SyncEndpoints
{
    private const int MaxConversations = 1000;

    public static void MapSync(this IEndpointRouteBuilder app) => app.MapPost("/sync", SyncAsync)
        .WithName("Sync")
        .WithTags("Sync")
        .WithSummary("What has changed since")
        .WithDescription(
            "Give the rev that you have of each conversation. Conversations without a change are left out; one with reset must be read anew. Ask again while any has hasMore.")
        .ProducesValidationProblem()
        .ProducesProblem(StatusCodes.Status401Unauthorized);

    private static async Task<Results<Ok<SyncAnswer>, ProblemHttpResult>> SyncAsync(
        SyncRequest request, CurrentUser user, SyncStore sync, CancellationToken ct)
    {
        if (request.Conversations.Count > MaxConversations)
            return Problem.Invalid("conversations", $"At most {MaxConversations}.");
        if (request.Conversations.Values.Any(rev => rev < 0))
            return Problem.Invalid("conversations", "A rev is 0 or more.");

        return TypedResults.Ok(new SyncAnswer(await sync.SinceAsync(user.Id, request.Conversations, ct)));
    }
}

/// <param name="Conversations">The rev that the client has of each conversation that it knows.</param>
public sealed record SyncRequest([Required] IReadOnlyDictionary<Guid, long> Conversations);

internal sealed record SyncAnswer(IReadOnlyList<ConversationChanges> Conversations);
