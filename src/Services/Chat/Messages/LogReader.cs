using ChatApp.Chat.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Messages;

/// <summary>
/// Reads, before messages are written, what this process may have missed of their logs: messages of other processes, and its own whose answer got lost. All
/// conversations of a batch are read by one query.
/// </summary>
internal sealed class LogReader(MessageStore messages, MembershipStore memberships, KnownLogs logs, MongoOutbox outbox)
{
    /// <summary>Behind by more than this, the end of the log is read anew.</summary>
    private const int MaxMissed = 500;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Answers those that are in the log already or may not be written any more, and returns the others.</summary>
    public async Task<List<Draft>> CatchUpAsync(List<Draft> drafts)
    {
        using var limit = new CancellationTokenSource(Limit);
        var conversations = drafts.Select(draft => draft.ConversationId).Distinct().ToList();
        var unknown = conversations.FindAll(id => logs.Find(id) is null);
        await Task.WhenAll(unknown.Select(id => logs.ReadAsync(id, limit.Token)));

        var tried = drafts.Where(draft => draft.Attempts > 0).Select(draft => draft.ConversationId).ToHashSet();
        var behind = conversations.FindAll(id => !unknown.Contains(id) && (tried.Contains(id) || logs.MayBeBehind(id)));
        var missed = (await ReadMissedAsync(behind, limit.Token)).ToLookup(message => message.ConversationId);
        List<Draft> left = [];
        foreach (var draft in drafts)
        {
            if (!await SettleAsync(draft, missed[draft.ConversationId], limit.Token))
                left.Add(draft);
        }

        return left;
    }

    private async Task<IReadOnlyList<StoredMessage>> ReadMissedAsync(List<Guid> conversations, CancellationToken ct)
    {
        if (conversations.Count == 0)
            return [];

        var missed = await messages.AfterAsync([.. conversations.Select(id => (id, logs.Find(id)!.Rev))], MaxMissed, ct);
        if (missed.Count == MaxMissed)
        {
            foreach (var id in conversations)
                logs.Forget(id);
            await Task.WhenAll(conversations.Select(id => logs.ReadAsync(id, ct)));
            return missed;
        }

        // Who is a member is known here before anything is decided by it, though the writer of the change may not have come so far.
        await memberships.ApplyAsync([.. missed.Where(message => message.System is not null)], ct);
        foreach (var message in missed.OrderBy(message => message.Rev))
        {
            logs.Advance(message.ConversationId, message);
            logs.HasRival(message.ConversationId);
        }

        return missed;
    }

    private async Task<bool> SettleAsync(Draft draft, IEnumerable<StoredMessage> missed, CancellationToken ct)
    {
        var stored = missed.FirstOrDefault(message => message.SenderId == draft.SenderId && message.ClientMessageId == draft.ClientMessageId);
        // Nothing new took its place: so its client key is taken, by an older message.
        if (stored is null && draft.Attempts > 0 && (!missed.Any() || draft.Attempts > 1))
            stored = await messages.FindByKeyAsync(draft.ConversationId, draft.SenderId, draft.ClientMessageId, ct);
        if (stored is not null)
        {
            draft.Found(stored, outbox.Writer);
            return true;
        }

        if (logs.Find(draft.ConversationId) is not { } end || end.MembersRev <= draft.DecidedAt)
            return false;

        if (draft.IsSystem)
            draft.Refused(AppendResult.MembersChanged);
        else if (await logs.WriterAsync(draft.ConversationId, draft.SenderId, ct) is null)
            draft.Refused(AppendResult.NotMember);
        return draft.Appended.IsCompleted;
    }
}
