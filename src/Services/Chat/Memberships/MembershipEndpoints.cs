using System.ComponentModel.DataAnnotations;
using System.Net.Http.Headers;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Memberships;

internal static class MembershipEndpoints
{
    public static void MapMemberships(this IEndpointRouteBuilder app)
    {
        app.MapGet("/memberships", ListAsync)
            .WithName("ListMemberships")
            .WithTags("Memberships")
            .WithSummary("The ids of all conversations that I am in")
            .WithDescription("For the gateway: rev is the change number at which I became a member.")
            .ProducesProblem(StatusCodes.Status401Unauthorized);

        var conversation = app.MapGroup("/conversations/{id:guid}").WithTags("Memberships")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);

        conversation.MapGet("/members", MembersAsync)
            .WithName("ListMembers")
            .WithSummary("Members by pages, in the order of their ids");
        conversation.MapPost("/members", AddAsync)
            .WithName("AddMembers")
            .WithSummary("Bring others into a group")
            .WithDescription("An owner or admin does. Who is in it already stays as he is.")
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        conversation.MapDelete("/members/{userId:guid}", RemoveAsync)
            .WithName("RemoveMember")
            .WithSummary("Leave a group, or put somebody out")
            .WithDescription("Everybody can leave, but not the last owner. An owner or admin removes those below him.")
            .ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        conversation.MapPut("/read", MarkReadAsync)
            .WithName("MarkRead")
            .WithSummary("Mark as read up to a message")
            .WithDescription("The mark only moves forward, and at most to the last message.");
        conversation.MapPut("/mute", MuteAsync)
            .WithName("Mute")
            .WithSummary("Mute until a time")
            .WithDescription("Without a time, the conversation is not muted any more.");
    }

    private static async Task<Ok<MembershipList>> ListAsync(CurrentUser user, MembershipStore memberships, CancellationToken ct) =>
        TypedResults.Ok(new MembershipList([.. (await memberships.OfAsync(user.Id, ct)).Select(one => new MembershipEntry(one.ConversationId, one.Rev))]));

    private static async Task<Results<Ok<MemberPage>, ProblemHttpResult>> MembersAsync(
        Guid id, [AsParameters] MemberQuery query, CurrentUser user, KnownLogs logs, ConversationViews views, CancellationToken ct)
    {
        if (await logs.ReaderAsync(id, user.Id, ct) is null)
            return ConversationProblems.NotFound();

        var found = await views.MembersAsync(id, query.After, query.Limit + 1, ct);
        return TypedResults.Ok(new MemberPage([.. found.Take(query.Limit)], found.Count > query.Limit ? found[query.Limit - 1].UserId : null));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> AddAsync(
        Guid id, AddMembers request, CurrentUser user, HttpRequest http, MemberChanges changes, CancellationToken ct)
    {
        var caller = AuthenticationHeaderValue.Parse(http.Headers.Authorization.ToString());
        try
        {
            return await changes.AddAsync(id, user.Id, [.. request.UserIds.Distinct()], caller, ct) is { } refusal ? refusal : TypedResults.NoContent();
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

    private static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(
        Guid id, Guid userId, CurrentUser user, HttpResponse response, MemberChanges changes, CancellationToken ct)
    {
        try
        {
            return await changes.RemoveAsync(id, user.Id, userId, ct) is { } refusal ? refusal : TypedResults.NoContent();
        }
        catch (LogUnavailableException)
        {
            return ConversationProblems.NotConfirmed(response);
        }
    }

    private static async Task<Results<Ok<ReadState>, ProblemHttpResult>> MarkReadAsync(
        Guid id, MarkRead request, CurrentUser user, KnownLogs logs, MessageStore messages, MembershipStore memberships, TimeProvider time, CancellationToken ct)
    {
        if (await logs.ReaderAsync(id, user.Id, ct) is null)
            return ConversationProblems.NotFound();

        // What this process remembers of the log may be behind, never ahead.
        var wanted = request.Seq!.Value;
        var (last, lastCounted) = logs.Find(id) is { } known && known.Seq >= wanted
            ? (known.Seq, known.Counted)
            : await messages.LastAsync(id, ct) is { } end ? (end.Seq, end.Counted) : (0, 0);
        var seq = Math.Min(wanted, last);
        var counted = seq == last ? lastCounted : (await messages.FindAsync(id, seq, ct))!.Counted;
        return await memberships.MarkReadAsync(id, user.Id, seq, counted, time.GetUtcNow(), ct) is { } membership
            ? TypedResults.Ok(new ReadState(id, membership.ReadSeq, Math.Max(0, lastCounted - membership.ReadCounted)))
            : ConversationProblems.NotFound();
    }

    private static async Task<Results<Ok<MuteState>, ProblemHttpResult>> MuteAsync(
        Guid id, MuteConversation request, CurrentUser user, KnownLogs logs, MembershipStore memberships, TimeProvider time, CancellationToken ct)
    {
        if (await logs.ReaderAsync(id, user.Id, ct) is null)
            return ConversationProblems.NotFound();

        // Stored and told in milliseconds, like every time; a time that has passed is no mute.
        var until = request.Until is { } given && given > time.GetUtcNow()
            ? DateTimeOffset.FromUnixTimeMilliseconds(given.ToUnixTimeMilliseconds())
            : (DateTimeOffset?)null;
        await memberships.MuteAsync(id, user.Id, until, ct);
        return TypedResults.Ok(new MuteState(id, until is not null, until));
    }
}

/// <param name="UserIds">Whom to bring in.</param>
public sealed record AddMembers([property: Required, MinLength(1), MaxLength(Conversation.MaxAtOnce)] IReadOnlyList<Guid> UserIds);

/// <param name="After">The <c>next</c> of the page before.</param>
public sealed record MemberQuery(Guid? After = null, [property: Range(1, 200)] int Limit = 50);

public sealed record MarkRead([Required, Range(1, long.MaxValue)] long? Seq);

public sealed record MuteConversation(DateTimeOffset? Until);

internal sealed record ReadState(Guid ConversationId, long ReadSeq, long Unread);

internal sealed record MuteState(Guid ConversationId, bool Muted, DateTimeOffset? MutedUntil);

internal sealed record MemberPage(IReadOnlyList<MemberView> Items, Guid? Next);

internal sealed record MembershipList(IReadOnlyList<MembershipEntry> Items);

internal sealed record MembershipEntry(Guid ConversationId, long Rev);
