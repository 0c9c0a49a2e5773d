using ChatApp.Chat.Conversations;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;

namespace ChatApp.Chat.Sync;

/// <summary>Why a client must drop what it has of a conversation.</summary>
internal enum Reset
{
    /// <summary>It is in this conversation and did not name it: read its newest page, then go on from <c>rev</c>.</summary>
    New,

    /// <summary>The change number that it gave was never given out: read the newest page, then go on from <c>rev</c>.</summary>
    UnknownRev,

    /// <summary>It is not in this conversation, or not any more.</summary>
    NotMember,
}

/// <summary>One conversation's part of an answer.</summary>
/// <param name="Rev">What to give the next time; absent for a conversation that the client is not in.</param>
/// <param name="HasMore">There are more changes after <paramref name="Rev"/>: ask again.</param>
internal sealed record ConversationChanges(Guid ConversationId, Reset? Reset, long? Rev, bool HasMore, IReadOnlyList<Message> Changes);

/// <summary>Finds what a client has missed, each conversation read from its log itself, so that nothing is behind.</summary>
internal sealed class SyncStore(ConversationStore conversations, MembershipStore memberships, MessageStore messages)
{
    /// <summary>Changes of one conversation in one answer.</summary>
    public const int MaxChanges = 100;

    /// <summary>Changes in one answer; conversations behind that are named with <c>hasMore</c>.</summary>
    public const int MaxTotal = 1000;

    /// <summary>Logs that one request reads side by side.</summary>
    private const int AtOnce = 8;

    public async Task<IReadOnlyList<ConversationChanges>> SinceAsync(Guid userId, IReadOnlyDictionary<Guid, long> known, CancellationToken ct)
    {
        var mine = await conversations.RevsAsync([.. (await memberships.OfAsync(userId, ct)).Select(membership => membership.ConversationId)], ct);
        List<ConversationChanges> answer = [];
        var total = 0;

        foreach (var chunk in known.Chunk(AtOnce))
        {
            var full = total >= MaxTotal;
            var found = await Task.WhenAll(chunk.Select(one => SinceAsync(one.Key, one.Value, mine, full, ct)));
            answer.AddRange(found.OfType<ConversationChanges>());
            total += found.Sum(changes => changes?.Changes.Count ?? 0);
        }

        answer.AddRange(
            from conversation in mine
            where !known.ContainsKey(conversation.Key)
            select new ConversationChanges(conversation.Key, Reset.New, conversation.Value, HasMore: false, []));
        return answer;
    }

    /// <summary>Null when there is nothing to say. An answer that is full names the conversation without looking.</summary>
    private async Task<ConversationChanges?> SinceAsync(Guid id, long rev, IReadOnlyDictionary<Guid, long> mine, bool full, CancellationToken ct)
    {
        if (!mine.TryGetValue(id, out var projectedRev))
            return new ConversationChanges(id, Reset.NotMember, Rev: null, HasMore: false, []);
        if (full)
            return new ConversationChanges(id, Reset: null, rev, HasMore: true, []);

        var found = await messages.ChangesAsync(id, rev, MaxChanges + 1, ct);
        if (found.Count > 0)
        {
            var changes = found.Take(MaxChanges).Select(message => message.View()).ToArray();
            return new ConversationChanges(id, Reset: null, changes[^1].Rev, found.Count > MaxChanges, changes);
        }

        if (rev <= projectedRev)
            return null;

        // The projection may be behind the log: only the log can say that a number was never given out.
        var last = (await messages.TailAsync(id, ct)).Rev;
        return rev <= last ? null : new ConversationChanges(id, Reset.UnknownRev, last, HasMore: false, []);
    }
}
