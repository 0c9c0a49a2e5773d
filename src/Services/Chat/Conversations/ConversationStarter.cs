using System.Net.Http.Headers;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform;
using Started = Microsoft.AspNetCore.Http.HttpResults.Results<
    Microsoft.AspNetCore.Http.HttpResults.Created<ChatApp.Chat.Conversations.ConversationView>,
    Microsoft.AspNetCore.Http.HttpResults.Ok<ChatApp.Chat.Conversations.ConversationView>,
    Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult>;

namespace ChatApp.Chat.Conversations;

/// <summary>
/// Starts conversations for a caller, with what must be true of the people in them. A conversation exists from its first message on, which says who is in it:
/// one that was left without is nobody's, or, for a pair, is begun by whoever asks next.
/// </summary>
internal sealed class ConversationStarter(
    ConversationStore conversations, MembershipStore memberships, MessageLog log, KnownLogs logs, ConversationViews views, People people, TimeProvider time)
{
    public async Task<Started> DirectAsync(
        Guid userId, Guid otherId, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        if (otherId == userId)
            return Problem.Invalid("userId", "A conversation needs somebody else.");

        var found = await conversations.FindDirectAsync(userId, otherId, ct);
        if (found is not null && await memberships.FindAsync(found.Id, userId, ct) is { } membership)
            return TypedResults.Ok(await views.DetailAsync(found, membership, ct));
        if (await people.RefusalAsync(userId, [otherId], caller, ct) is { } refusal)
            return refusal;

        var conversation = found ?? await conversations.AddAsync(New(ConversationKind.Direct, null, UserPair.Key(userId, otherId), userId), ct);
        var created = await BeginAsync(conversation, userId, [Joined(userId, Role.Member), Joined(otherId, Role.Member)], ct);
        var detail = await DetailAsync(conversation, userId, ct);
        return created ? TypedResults.Created($"/conversations/{conversation.Id}", detail) : TypedResults.Ok(detail);
    }

    public async Task<Started> GroupAsync(
        Guid userId, string title, IReadOnlyList<Guid> memberIds, AuthenticationHeaderValue caller, CancellationToken ct)
    {
        var others = memberIds.Where(id => id != userId).Distinct().ToArray();
        if (others.Length == 0)
            return Problem.Invalid("memberIds", "A group needs somebody else.");
        if (await people.RefusalAsync(userId, others, caller, ct) is { } refusal)
            return refusal;

        var conversation = await conversations.AddAsync(New(ConversationKind.Group, title, null, userId), ct);
        await BeginAsync(conversation, userId, [Joined(userId, Role.Owner), .. others.Select(id => Joined(id, Role.Member))], ct);
        return TypedResults.Created($"/conversations/{conversation.Id}", await DetailAsync(conversation, userId, ct));
    }

    /// <returns>Whether this call wrote the first message: of those who race, one does.</returns>
    private async Task<bool> BeginAsync(Conversation conversation, Guid userId, IReadOnlyList<MemberChange> members, CancellationToken ct)
    {
        if ((await logs.ReadAsync(conversation.Id, ct)).Seq > 0)
            return false;

        var created = new SystemMessage(MembersChange.Created, conversation.Kind, conversation.Title, members);
        return (await log.AppendAsync(conversation.Id, userId, created, decidedAt: 0, ct)).Result is AppendResult.Created;
    }

    private async Task<ConversationView> DetailAsync(Conversation conversation, Guid userId, CancellationToken ct) =>
        await views.DetailAsync(conversation, (await memberships.FindAsync(conversation.Id, userId, ct))!, ct);

    private Conversation New(ConversationKind kind, string? title, string? directKey, Guid createdBy)
    {
        var now = time.GetUtcNow();
        return new Conversation(
            Guid.CreateVersion7(now), kind, title, directKey, createdBy, now, LastMessage: null, LastActivityAt: now, Rev: 0, Counted: 0, MemberCount: 0, MembersRev: 0);
    }

    private static MemberChange Joined(Guid userId, Role role) => new(userId, role.ToString().ToLowerInvariant(), Active: true);
}
