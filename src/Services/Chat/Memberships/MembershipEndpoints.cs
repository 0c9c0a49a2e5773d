using System.ComponentModel.DataAnnotations;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Messages;
using ChatApp.Platform.Tokens;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Memberships;

internal static class MembershipEndpoints
{
    public static void MapMemberships(this IEndpointRouteBuilder app)
    {
        var conversation = app.MapGroup("/conversations/{id:guid}").WithTags("Memberships")
            .ProducesValidationProblem()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status404NotFound);

        conversation.MapPut("/read", MarkReadAsync)
            .WithName("MarkRead")
            .WithSummary("Mark as read up to a message")
            .WithDescription("The mark only moves forward, and at most to the last message.");
        conversation.MapPut("/mute", MuteAsync)
            .WithName("Mute")
            .WithSummary("Mute until a time")
            .WithDescription("Without a time, the conversation is not muted any more.");
    }

    private static async Task<Results<Ok<ReadMark>, ProblemHttpResult>> MarkReadAsync(
        Guid id,
        MarkRead request,
        CurrentUser user,
        Audiences audiences,
        Tails tails,
        MembershipStore memberships,
        TimeProvider time,
        CancellationToken ct)
    {
        if (await audiences.FindAsync(id, user.Id) is not { } audience)
            return ConversationProblems.NotFound();

        // What this process remembers of the log may be behind, never ahead.
        var wanted = request.Seq!.Value;
        var last = tails.Find(id) is { } tail && tail.Seq >= wanted ? tail.Seq : (await tails.ReadAsync(id, ct)).Seq;
        var seq = Math.Min(wanted, last);
        var readSeq = await memberships.MarkReadAsync(audience, user.Id, seq, time.GetUtcNow(), ct);
        return TypedResults.Ok(new ReadMark(id, readSeq, Math.Max(0, last - readSeq)));
    }

    private static async Task<Results<Ok<MuteState>, ProblemHttpResult>> MuteAsync(
        Guid id, MuteConversation request, CurrentUser user, ConversationStore conversations, MembershipStore memberships, TimeProvider time, CancellationToken ct)
    {
        if (await conversations.FindAsync(id, user.Id, ct) is not { } conversation)
            return ConversationProblems.NotFound();

        var now = time.GetUtcNow();
        // Stored and told in milliseconds, like every time; a time that has passed is no mute.
        var until = request.Until is { } given && given > now
            ? DateTimeOffset.FromUnixTimeMilliseconds(given.ToUnixTimeMilliseconds())
            : (DateTimeOffset?)null;
        var role = conversation.Members.First(member => member.UserId == user.Id).Role;
        await memberships.MuteAsync(id, user.Id, role, until, now, ct);
        return TypedResults.Ok(new MuteState(id, until is not null, until));
    }
}

public sealed record MarkRead([Required, Range(1, long.MaxValue)] long? Seq);

internal sealed record ReadMark(Guid ConversationId, long ReadSeq, long Unread);

public sealed record MuteConversation(DateTimeOffset? Until);

internal sealed record MuteState(Guid ConversationId, bool Muted, DateTimeOffset? MutedUntil);
