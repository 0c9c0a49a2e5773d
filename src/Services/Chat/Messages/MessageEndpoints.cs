using System.ComponentModel.DataAnnotations;
using System.Diagnostics;
using System.Globalization;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Platform;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Messages;

internal static class MessageEndpoints
{
    public static void MapMessages(this IEndpointRouteBuilder app)
    {
        var messages = app.MapGroup("/conversations/{id:guid}/messages").WithTags("Messages")
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);

        messages.MapPost("/", SendAsync)
            .WithName("SendMessage")
            .WithSummary("Send a message")
            .WithDescription("Sent again with the same clientMessageId and text, it answers the message that is there (200); with another text, 409.")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        messages.MapGet("/", HistoryAsync)
            .WithName("ReadHistory")
            .WithSummary("History by pages")
            .WithDescription("Newest first, before a place; or oldest first, after a place. next is the before or after of the page that follows.")
            .ProducesValidationProblem();
        messages.MapGet("/{seq:long}", GetAsync).WithName("GetMessage").WithSummary("One message");
    }

    private static async Task<Results<Created<Message>, Ok<Message>, ProblemHttpResult>> SendAsync(
        Guid id, SendMessage request, HttpResponse response, CurrentUser user, KnownLogs logs, BlockStore blocks, MessageLog log, CancellationToken ct)
    {
        var decidedAt = logs.Find(id)?.Rev ?? 0;
        if (await logs.WriterAsync(id, user.Id, ct) is not { } member)
            return ConversationProblems.NotFound();
        if (member.OtherId is { } other && ConversationProblems.Of(await blocks.RecentAsync(user.Id, other)) is { } refusal)
            return refusal;

        try
        {
            Activity.Current?.SetTag("chatapp.client_message_id", request.ClientMessageId);
            var (result, message) = await log.AppendAsync(id, user.Id, request.ClientMessageId!.Value, request.Text, decidedAt, ct);
            return result switch
            {
                AppendResult.Created => TypedResults.Created($"/conversations/{id}/messages/{message!.Seq}", message),
                AppendResult.Existing => TypedResults.Ok(message!),
                AppendResult.KeyReused => Problem.Conflict("client_message_id_reused", "This clientMessageId belongs to a message with another text."),
                _ => ConversationProblems.NotFound(),
            };
        }
        catch (LogUnavailableException)
        {
            return Problem.Unavailable(
                response, "message_not_confirmed", "It is not known whether the message was stored. Send it again with the same clientMessageId.");
        }
    }

    private static async Task<Results<Ok<MessagePage>, ProblemHttpResult>> HistoryAsync(
        Guid id, [AsParameters] HistoryQuery query, CurrentUser user, KnownLogs logs, MessageStore messages, UserDirectory users, CancellationToken ct)
    {
        if (query is { Before: not null, After: not null })
            return Problem.Invalid("after", "Give before or after, not both.");
        if (await logs.ReaderAsync(id, user.Id, ct) is null)
            return ConversationProblems.NotFound();

        // One more than asked for tells whether another page follows.
        var found = query.After is { } after
            ? await messages.AfterAsync(id, after, query.Limit + 1, ct)
            : await messages.BeforeAsync(id, query.Before ?? long.MaxValue, query.Limit + 1, ct);
        var page = found.Take(query.Limit).Select(message => message.View()).ToArray();
        var known = await users.FindAsync(page.Select(message => message.SenderId), ct);
        return TypedResults.Ok(new MessagePage(
            page,
            found.Count > query.Limit ? page[^1].Seq.ToString(CultureInfo.InvariantCulture) : null,
            known.ToDictionary(user => user.Key, user => UserCard.Of(user.Value))));
    }

    private static async Task<Results<Ok<Message>, ProblemHttpResult>> GetAsync(
        Guid id, long seq, CurrentUser user, KnownLogs logs, MessageStore messages, CancellationToken ct)
    {
        if (await logs.ReaderAsync(id, user.Id, ct) is null)
            return ConversationProblems.NotFound();

        return await messages.FindAsync(id, seq, ct) is { } message
            ? TypedResults.Ok(message.View())
            : Problem.NotFound("message_not_found", "There is no such message.");
    }
}

/// <param name="ClientMessageId">The client's key of the message: whatever is retried with it, there is one message.</param>
public sealed record SendMessage([Required] Guid? ClientMessageId, [property: Required, StringLength(4000)] string Text);

/// <param name="Before">Messages with a smaller seq; without before and after, the newest.</param>
/// <param name="After">Messages with a greater seq.</param>
public sealed record HistoryQuery([property: Range(1, long.MaxValue)] long? Before = null, [property: Range(0, long.MaxValue)] long? After = null, [property: Range(1, 200)] int Limit = 50);

/// <param name="Next">Where the next page begins; null when there is none.</param>
/// <param name="Users">Who wrote them, by id.</param>
internal sealed record MessagePage(IReadOnlyList<Message> Items, string? Next, IReadOnlyDictionary<Guid, UserCard> Users);
