using System.Net.Http.Headers;
using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform;
using Microsoft.AspNetCore.Http.HttpResults;

namespace ChatApp.Chat.Memberships;

/// <summary>
/// Brings people into groups and out of them. Each change is a message of the log. It is decided on the members as they are: if another change comes first, the
/// log says so, and it is decided anew.
/// </summary>
internal sealed class MemberChanges(
    ConversationStore conversations, MembershipStore memberships, MessageLog log, KnownLogs logs, People people)
{
    private const int MaxAttempts = 10;

    public Task<ProblemHttpResult?> AddAsync(
        Guid conversationId, Guid actorId, IReadOnlyCollection<Guid> userIds, AuthenticationHeaderValue caller, CancellationToken ct) => ChangeAsync(
            conversationId,
            actorId,
            async member =>
            {
                if (!member.ManagesMembers)
                    return Decision.Refuse(NotAllowed());

                var present = (await memberships.AmongAsync(conversationId, userIds, ct)).Select(membership => membership.UserId);
                var missing = userIds.Except(present).ToArray();
                if (missing.Length == 0)
                    return Decision.Nothing;
                if ((await logs.GetAsync(conversationId, ct)).MemberCount + missing.Length > Conversation.MaxMembers)
                    return Decision.Refuse(Problem.Conflict("too_many_members", $"A conversation has at most {Conversation.MaxMembers} members."));

                return await people.RefusalAsync(actorId, missing, caller, ct) is { } refusal
                    ? Decision.Refuse(refusal)
                    : Decision.Of(MembersChange.Added, [.. missing.Select(id => new MemberChange(id, "member", Active: true))]);
            },
            ct);

    /// <summary>Who takes himself out leaves; another one is removed.</summary>
    public Task<ProblemHttpResult?> RemoveAsync(Guid conversationId, Guid actorId, Guid userId, CancellationToken ct) => ChangeAsync(
        conversationId,
        actorId,
        async member =>
        {
            if (member.Kind is ConversationKind.Direct || (actorId != userId && !member.ManagesMembers))
                return Decision.Refuse(NotAllowed());
            if (await memberships.FindAsync(conversationId, userId, ct) is not { Active: true } membership)
                return Decision.Refuse(Problem.NotFound("member_not_found", "There is no such member."));
            if (actorId != userId && membership.Role >= member.Role)
                return Decision.Refuse(NotAllowed());
            if (membership.Role is Role.Owner && !await memberships.HasOtherOwnerAsync(conversationId, userId, ct))
                return Decision.Refuse(Problem.Conflict("last_owner", "The last owner of a group can't leave it."));

            var role = membership.Role.ToString().ToLowerInvariant();
            return Decision.Of(actorId == userId ? MembersChange.Left : MembersChange.Removed, [new MemberChange(userId, role, Active: false)]);
        },
        ct);

    private async Task<ProblemHttpResult?> ChangeAsync(Guid conversationId, Guid actorId, Func<Member, Task<Decision>> decideAsync, CancellationToken ct)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            var decidedAt = (await logs.GetAsync(conversationId, ct)).Rev;
            if (await logs.WriterAsync(conversationId, actorId, ct) is not { } member || await conversations.FindAsync(conversationId, ct) is not { } conversation)
                return ConversationProblems.NotFound();

            var decision = await decideAsync(member);
            if (decision.Change is not { } change)
                return decision.Refusal;

            var appended = await log.AppendAsync(
                conversationId, actorId, new SystemMessage(change, conversation.Kind, conversation.Title, decision.Members), decidedAt, ct);
            if (appended.Result is not AppendResult.MembersChanged)
                return null;
        }

        return Problem.Conflict("members_changed", "The members of the conversation keep changing. Try again.");
    }

    private static ProblemHttpResult NotAllowed() => Problem.Forbidden("not_allowed", "Only an owner or admin of a group changes its members.");

    private sealed record Decision(MembersChange? Change, IReadOnlyList<MemberChange> Members, ProblemHttpResult? Refusal)
    {
        public static readonly Decision Nothing = new(null, [], null);

        public static Decision Of(MembersChange change, IReadOnlyList<MemberChange> members) => new(change, members, null);

        public static Decision Refuse(ProblemHttpResult refusal) => new(null, [], refusal);
    }
}
