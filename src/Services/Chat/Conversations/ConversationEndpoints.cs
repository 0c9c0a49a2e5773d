using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Conversations;

internal static class ConversationEndpoints
{
    public static void MapConversations(this IEndpointRouteBuilder app)
    {
        var conversations = app.MapGroup("/conversations").WithTags("Conversations").ProducesProblem(StatusCodes.Status401Unauthorized);

        conversations.MapPost("/", StartAsync)
            .WithName("StartConversation")
            .WithSummary("Start a conversation")
            .WithDescription("A direct one is found (200) when the pair has it already, else made (201). A group is always made; its maker owns it.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        conversations.MapGet("/", ListAsync)
            .WithName("ListConversations")
            .WithSummary("My conversations, newest activity first")
            .WithDescription("With the last message, the number of unread ones, and the name to show.")
            .ProducesValidationProblem();
        conversations.MapGet("/{id:guid}", GetAsync)
            .WithName("GetConversation")
            .WithSummary("One conversation with its members")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Created<ConversationView>, Ok<ConversationView>, ProblemHttpResult>> StartAsync(
        StartConversation request, CurrentUser user, HttpRequest http, ConversationStarter starter, CancellationToken ct)
    {
        var caller = AuthenticationHeaderValue.Parse(http.Headers.Authorization.ToString());
        try
        {
            return request.Kind is ConversationKind.Direct
                ? await starter.DirectAsync(user.Id, request.UserId!.Value, caller, ct)
                : await starter.GroupAsync(user.Id, request.Title!.Trim(), request.MemberIds!, caller, ct);
        }
        catch (HttpRequestException)
        {
            return ConversationProblems.UsersUnavailable(http.HttpContext.Response);
        }
        catch (LogUnavailableException)
        {
            return ConversationProblems.NotConfirmed(http.HttpContext.Response);
        }
    }

    private static async Task<Results<Ok<ConversationPage>, ProblemHttpResult>> ListAsync(
        [AsParameters] ConversationQuery query, CurrentUser user, ConversationViews views, CancellationToken ct)
    {
        ConversationCursor? after = null;
        if (query.After is not null && (after = ConversationCursor.Parse(query.After)) is null)
            return Problem.Invalid("after", "Not a cursor that a page gave as next.");

        var (found, page) = await views.PageAsync(user.Id, after, query.Limit + 1, ct);
        var next = found.Count > query.Limit ? new ConversationCursor(found[query.Limit - 1].LastActivityAt, found[query.Limit - 1].Id).ToString() : null;
        return TypedResults.Ok(new ConversationPage([.. page.Take(query.Limit)], next));
    }

    private static async Task<Results<Ok<ConversationView>, ProblemHttpResult>> GetAsync(
        Guid id, CurrentUser user, ConversationStore conversations, MembershipStore memberships, ConversationViews views, CancellationToken ct) =>
        await memberships.FindAsync(id, user.Id, ct) is { Active: true } membership && await conversations.FindAsync(id, ct) is { } conversation
            ? TypedResults.Ok(await views.DetailAsync(conversation, membership, ct))
            : ConversationProblems.NotFound();
}

/// <param name="After">The <c>next</c> of the page before.</param>
public sealed record ConversationQuery([property: StringLength(60)] string? After = null, [property: Range(1, 100)] int Limit = 30);
