using System.ComponentModel.DataAnnotations;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.User.Relationships;

internal static class BlockEndpoints
{
    public static void MapBlocks(this IEndpointRouteBuilder app)
    {
        var blocks = app.MapGroup("/blocks").WithTags("Blocks").ProducesProblem(StatusCodes.Status401Unauthorized);

        blocks.MapGet("/", List)
            .WithName("ListBlocks")
            .WithSummary("Whom I have blocked, the newest first")
            .ProducesValidationProblem();
        blocks.MapPut("/{userId:guid}", Block)
            .WithName("Block")
            .WithSummary("Block somebody")
            .WithDescription("Ends the friendship and any request between us. They are not told; to them I am not there any more.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status404NotFound);
        blocks.MapDelete("/{userId:guid}", Unblock)
            .WithName("Unblock")
            .WithSummary("Lift a block")
            .WithDescription("The friendship that it ended does not come back.")
            .ProducesValidationProblem();
    }

    private static async Task<Results<Ok<Page<BlockedUser>>, ProblemHttpResult>> List(
        CurrentUser user, ContactStore contacts, CancellationToken ct, [StringLength(200)] string? after = null, [Range(1, 100)] int limit = 50) =>
        Place.Read(after) is { } place ? TypedResults.Ok(await contacts.BlocksAsync(user.Id, place, limit, ct)) : Place.Unreadable();

    private static async Task<Results<NoContent, ProblemHttpResult>> Block(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        (await relationships.BlockAsync(user.Id, userId, ct)).ToNoContent();

    private static async Task<Results<NoContent, ProblemHttpResult>> Unblock(
        Guid userId, CurrentUser user, RelationshipStore relationships, CancellationToken ct) =>
        (await relationships.UnblockAsync(user.Id, userId, ct)).ToNoContent();
}
