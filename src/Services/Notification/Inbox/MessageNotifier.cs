using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification.Inbox;

/// <summary>
/// Messages reach the inboxes of the members, a batch at a time: the same number of commands to the store however many messages, conversations and members
/// there are, and one update for each entry that changes.
/// </summary>
internal sealed class MessageNotifier(
    ConversationDirectory conversations, MembershipStore memberships, Recipients recipients, UserDirectory users, MongoOutbox outbox)
{
    /// <summary>
    /// What was said is stored before it is asked who the members are, and members before it is asked what was said last. So of a message and a change of the
    /// members that are handled side by side, or in the wrong order, one sees the other.
    /// </summary>
    public async Task HandleAsync(IReadOnlyList<Received> batch, CancellationToken ct)
    {
        MessageSent[] messages =
        [
            .. batch.Select(received => ((Received<MessageSent>)received).Event)
                .Where(sent => sent.System is not null || sent.MemberCount <= MessageRules.MaxMembers),
        ];
        if (messages.Length == 0)
            return;

        using var change = outbox.Begin();
        await conversations.RememberAsync(messages, ct);
        await memberships.WriteAsync(messages.SelectMany(MessageRules.MembersOf), change, ct);
        await memberships.WriteAsync(await NewsAsync(messages, ct), change, ct);
        await memberships.AnnounceAsync(change, ct);
        change.Complete();
    }

    private async Task<IEnumerable<MembershipPatch>> NewsAsync(MessageSent[] messages, CancellationToken ct)
    {
        var logs = messages.GroupBy(sent => sent.ConversationId).ToDictionary(log => log.Key, log => log.ToArray());
        var known = await conversations.FindAsync(logs.Keys, ct);
        var said = logs.Select(log => (log.Key, Said: MessageRules.NewestFirst(log.Value, known.GetValueOrDefault(log.Key)?.Last)))
            .Where(log => log.Said.Length > 0)
            .ToDictionary(log => log.Key, log => log.Said);
        if (said.Count == 0)
            return [];

        News[] news =
        [
            .. (await memberships.OfAsync(said.Keys, ct))
                .Select(member => new News(member, [.. MessageRules.NewsFor(member, said[member.ConversationId])]))
                .Where(news => news.Said.Count > 0),
        ];
        var marks = messages.Where(sent => sent.System is null).Select(MessageRules.MarkOf);
        return news.Length > 0 ? marks.Concat(await EntriesAsync(news, known, ct)) : marks;
    }

    /// <summary>The newest that each of them wants to hear of.</summary>
    private async Task<IEnumerable<MembershipPatch>> EntriesAsync(
        IReadOnlyCollection<News> news, IReadOnlyDictionary<Guid, KnownConversation> known, CancellationToken ct)
    {
        Guid[] userIds = [.. news.Select(one => one.Member.UserId).Distinct()];
        Guid[] senderIds = [.. news.SelectMany(one => one.Said).Select(said => said.SenderId).Distinct()];
        var hearing = recipients.AmongAsync(NotificationKind.Message, userIds, senderIds, ct);
        var naming = users.NamesOfAsync(senderIds, ct);
        await Task.WhenAll(hearing, naming);

        var (hears, names) = (await hearing, await naming);
        return
            from one in news
            let heard = one.Said.FirstOrDefault(said => hears(one.Member.UserId, said.SenderId))
            where heard is not null
            let conversation = known.GetValueOrDefault(one.Member.ConversationId)?.Info
            select MessageRules.EntryFor(one.Member.Id, heard, conversation, names.GetValueOrDefault(heard.SenderId));
    }

    /// <param name="Said">Newest first.</param>
    private sealed record News(Membership Member, IReadOnlyList<MessageExcerpt> Said);
}
