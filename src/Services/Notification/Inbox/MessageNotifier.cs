using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Memberships;
using ChatApp.Platform.Messaging;

namespace ChatApp.Notification.Inbox;

/// <summary>
/// Messages reach the inboxes of the members, a batch at a time: the same number of commands to the store however many messages, conversations and members there
/// are, and one update for each entry that changes.
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
                .Where(sent => sent.System is not null || sent.MemberCount <= MessageNews.MaxMembers),
        ];
        if (messages.Length == 0)
            return;

        using var change = outbox.Begin();
        await conversations.RememberAsync(messages, ct);
        await memberships.WriteAsync(messages.SelectMany(MessageNews.MembersOf), change, ct);
        await memberships.WriteAsync(await NewsAsync(messages, ct), change, ct);
        await memberships.TellAsync(change, ct);
        change.Complete();
    }

    private async Task<IEnumerable<MembershipPatch>> NewsAsync(MessageSent[] messages, CancellationToken ct)
    {
        Guid[] ids = [.. messages.Select(sent => sent.ConversationId).Distinct()];
        var (finding, asking) = (conversations.FindAsync(ids, ct), memberships.OfAsync(ids, ct));
        await Task.WhenAll(finding, asking);
        var (known, members) = (await finding, await asking);

        var said = messages.GroupBy(sent => sent.ConversationId).ToDictionary(log => log.Key, log => NewestFirst(log, known.GetValueOrDefault(log.Key)));
        var marks = messages.Where(sent => sent.System is null).Select(MessageNews.MarkOf);
        var news = members.Select(member => (Member: member, Said: MessageNews.For(member, said[member.ConversationId]).ToArray())).Where(one => one.Said.Length > 0).ToArray();
        if (news.Length == 0)
            return marks;

        Guid[] senders = [.. news.SelectMany(one => one.Said).Select(one => one.SenderId).Distinct()];
        var hearing = recipients.AmongAsync(NotificationKind.Message, [.. news.Select(one => one.Member.UserId).Distinct()], senders, ct);
        var naming = users.NamesOfAsync(senders, ct);
        await Task.WhenAll(hearing, naming);
        var (hears, names) = (await hearing, await naming);

        return marks.Concat(
            from one in news
            let heard = one.Said.FirstOrDefault(said => hears(one.Member.UserId, said.SenderId))
            where heard is not null
            select MessageNews.Tell(one.Member.Id, heard, known.GetValueOrDefault(one.Member.ConversationId)?.About, names.GetValueOrDefault(heard.SenderId)));
    }

    /// <summary>Who has become a member may have missed what was said last.</summary>
    private static SaidPart[] NewestFirst(IEnumerable<MessageSent> log, KnownConversation? known)
    {
        var said = log.Where(sent => sent.System is null).Select(SaidPart.Of);
        if (known?.Last is { } last && log.Any(sent => sent.System is not null))
            said = said.Append(last);
        return [.. said.OrderByDescending(one => one.Seq)];
    }
}
