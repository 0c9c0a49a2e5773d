using ChatApp.Chat.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Messages;

/// <param name="Left">Those that are still to be written.</param>
/// <param name="Ends">Where the log of each of the conversations ends.</param>
/// <param name="Own">Messages of this process that were found in the log: their answer got lost, so they are not announced yet.</param>
internal sealed record CaughtUp(List<Draft> Left, Dictionary<Guid, Tail> Ends, IReadOnlyList<StoredMessage> Own);

/// <summary>
/// Reads, before messages are written, what this process may have missed of their logs: messages of other processes, and its own whose answer got lost. All
/// conversations of a batch are read by one query.
/// </summary>
internal sealed class LogReader(MessageStore messages, MembershipProjection memberships, KnownLogs logs, MongoOutbox outbox)
{
    /// <summary>So many places behind the known ends are looked at by one query, those of a conversation being these at least and at most.</summary>
    private const int Places = 100;
    private const int LeastOfOne = 3;
    private const int MostOfOne = 20;

    /// <summary>Behind by more than this, the end of the log is read anew.</summary>
    private const int MaxMissed = 200;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    /// <summary>Answers those that are in the log already or may not be written any more.</summary>
    public async Task<CaughtUp> CatchUpAsync(List<Draft> drafts)
    {
        using var limit = new CancellationTokenSource(Limit);
        var tried = drafts.Where(draft => draft.Attempts > 0).Select(draft => draft.ConversationId).ToHashSet();
        var ends = new Dictionary<Guid, Tail>();
        List<Guid> unknown = [];
        foreach (var id in drafts.Select(draft => draft.ConversationId).Distinct())
        {
            if (logs.Find(id) is { } end)
                ends[id] = end;
            else
                unknown.Add(id);
        }

        var missed = await ReadMissedAsync([.. ends.Keys.Where(id => tried.Contains(id) || logs.MayBeBehind(id))], ends, limit.Token);
        foreach (var (id, end) in await Task.WhenAll(unknown.Select(async id => (id, await logs.ReadAsync(id, limit.Token)))))
            ends[id] = end;

        List<Draft> left = [];
        foreach (var draft in drafts)
        {
            if (!await SettleAsync(draft, [.. missed[draft.ConversationId]], ends[draft.ConversationId], limit.Token))
                left.Add(draft);
        }

        return new CaughtUp(left, ends, [.. missed.SelectMany(one => one).Where(message => message.Writer == outbox.Writer)]);
    }

    /// <summary>Reads what has come behind the ends, and moves them.</summary>
    private async Task<ILookup<Guid, StoredMessage>> ReadMissedAsync(List<Guid> conversations, Dictionary<Guid, Tail> ends, CancellationToken ct)
    {
        List<StoredMessage> missed = conversations.Count == 0 ? [] : await ReadNextAsync(conversations, ends, ct);
        // The memberships are told before anything is decided by them: the writer of a change may not have come so far.
        await memberships.ApplyAsync(missed.FindAll(message => message.System is not null), ct);
        foreach (var message in missed)
        {
            // A store without snapshots may show a message and not the one before it: then the next attempt reads both.
            if (message.Seq == ends[message.ConversationId].Seq + 1)
            {
                logs.Advance(message);
                ends[message.ConversationId] = ends[message.ConversationId].After(message);
            }

            if (message.Writer != outbox.Writer)
                logs.HasRival(message.ConversationId);
        }

        return missed.ToLookup(message => message.ConversationId);
    }

    /// <summary>The messages behind the ends, in their order. Where they are too many, the end itself is read.</summary>
    private async Task<List<StoredMessage>> ReadNextAsync(List<Guid> conversations, Dictionary<Guid, Tail> ends, CancellationToken ct)
    {
        var ofOne = Math.Clamp(Places / conversations.Count, LeastOfOne, MostOfOne);
        List<StoredMessage> next = [.. await messages.AtAsync(conversations.SelectMany(id => Enumerable.Range(1, ofOne).Select(i => (id, ends[id].Seq + i))), ct)];
        foreach (var far in next.FindAll(message => message.Seq == ends[message.ConversationId].Seq + ofOne))
        {
            var more = await messages.AfterAsync(far.ConversationId, far.Seq, MaxMissed, ct);
            next.AddRange(more);
            if (more.Count == MaxMissed)
                ends[far.ConversationId] = await logs.ReadAsync(far.ConversationId, ct);
        }

        next.Sort((a, b) => a.Seq.CompareTo(b.Seq));
        return next;
    }

    private async Task<bool> SettleAsync(Draft draft, StoredMessage[] missed, Tail end, CancellationToken ct)
    {
        var stored = Array.Find(missed, message => message.SenderId == draft.SenderId && message.ClientMessageId == draft.ClientMessageId);
        // Nothing new took its place: so its client key is taken, by an older message.
        if (stored is null && draft.Attempts > 0 && (missed.Length == 0 || draft.Attempts > 1))
            stored = await messages.FindByKeyAsync(draft.ConversationId, draft.SenderId, draft.ClientMessageId, ct);
        if (stored is not null)
        {
            draft.Found(stored, outbox.Writer);
            return true;
        }

        if (end.MembersRev <= draft.DecidedAt)
            return false;

        if (draft.IsSystem)
            draft.Refused(AppendResult.MembersChanged);
        else if (await logs.WriterAsync(draft.ConversationId, draft.SenderId, ct) is null)
            draft.Refused(AppendResult.NotMember);
        return draft.Appended.IsCompleted;
    }
}
