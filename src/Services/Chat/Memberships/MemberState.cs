using System.Runtime.CompilerServices;
using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;
using MongoDB.Driver;

namespace ChatApp.Chat.Memberships;

/// <summary>Who is a member of what, as system messages that would say so: what other services hold their copies against.</summary>
internal sealed class MemberState(IMongoDatabase db, ConversationStore conversations)
{
    private readonly IMongoCollection<Membership> _memberships = db.GetCollection<Membership>(MembershipStore.Collection);

    /// <summary>The members of a conversation lie side by side.</summary>
    public async IAsyncEnumerable<OutboxEvent> ReadAsync([EnumeratorCancellation] CancellationToken ct)
    {
        List<Membership> members = [];
        using var all = await _memberships.Find(membership => membership.Active).SortBy(membership => membership.Id).ToCursorAsync(ct);
        while (await all.MoveNextAsync(ct))
        {
            foreach (var membership in all.Current)
            {
                if (members.Count > 0 && members[0].ConversationId != membership.ConversationId)
                {
                    foreach (var said in await SayAsync(members, ct))
                        yield return said;
                    members.Clear();
                }

                members.Add(membership);
            }
        }

        foreach (var said in await SayAsync(members, ct))
            yield return said;
    }

    private async Task<IEnumerable<OutboxEvent>> SayAsync(List<Membership> members, CancellationToken ct)
    {
        if (members.Count == 0 || await conversations.FindAsync(members[0].ConversationId, ct) is not { } conversation)
            return [];

        return
        [
            .. from joined in members.GroupBy(member => member.Rev)
               from some in joined.Chunk(Conversation.MaxAtOnce)
               select OutboxEvent.From(Say(conversation, joined.Key, some), some[0].JoinedAt),
        ];
    }

    private static MessageSent Say(Conversation conversation, long rev, Membership[] members) => new(
        conversation.Id,
        rev,
        rev,
        conversation.Counted,
        conversation.MemberCount,
        conversation.CreatedBy,
        Guid.Empty,
        Text: "",
        members[0].JoinedAt,
        new SystemMessage(
            MembersChange.Added,
            conversation.Kind,
            conversation.Title,
            [.. members.Select(member => new MemberChange(member.UserId, member.Role.ToString().ToLowerInvariant(), Active: true))]));
}
