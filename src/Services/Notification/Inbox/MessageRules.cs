using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Memberships;

namespace ChatApp.Notification.Inbox;

/// <summary>What messages are to the members of their conversation.</summary>
internal static class MessageRules
{
    /// <summary>In larger conversations messages notify nobody: nothing at all is asked or written for them.</summary>
    public const int MaxMembers = 50;

    /// <summary>Who joins has read what was before, and so has who goes.</summary>
    public static IEnumerable<MembershipPatch> MembersOf(MessageSent sent) =>
        from member in sent.System?.Members ?? []
        select new MembershipPatch(new MembershipKey(sent.ConversationId, member.UserId))
        {
            Member = new MemberPart(member.Role, member.Active, sent.Rev),
            Read = new MarkPart(sent.Seq, sent.Counted, sent.SentAt),
        };

    /// <summary>Who writes has read what was before.</summary>
    public static MembershipPatch MarkOf(MessageSent sent) =>
        new(new MembershipKey(sent.ConversationId, sent.SenderId)) { Read = new MarkPart(sent.Seq, sent.Counted, sent.SentAt) };

    /// <summary>
    /// What members may hear of, newest first: what was said in a batch, and what was said last, if that is behind a change of the members that comes only now.
    /// </summary>
    public static MessageExcerpt[] NewestFirst(IReadOnlyCollection<MessageSent> batch, MessageExcerpt? last)
    {
        var said = batch.Where(sent => sent.System is null).Select(MessageExcerpt.Of);
        if (last is not null && batch.Any(sent => sent.System is not null && sent.Rev < last.Rev))
            said = said.Append(last);
        return [.. said.OrderByDescending(one => one.Seq)];
    }

    /// <summary>What this member has not heard of and did not mute; nothing before what he has read, or wrote himself.</summary>
    public static IEnumerable<MessageExcerpt> NewsFor(Membership member, IEnumerable<MessageExcerpt> newestFirst) => newestFirst
        .TakeWhile(said => said.SenderId != member.UserId && said.Seq > (member.Mark?.Seq ?? 0) && said.Seq > (member.Last?.Seq ?? 0))
        .Where(said => said.Rev > member.Member!.Rev && !(member.Settings?.MutedUntil > said.SentAt));

    public static MembershipPatch EntryFor(MembershipKey member, MessageExcerpt said, ConversationInfo? conversation, string? sender)
    {
        var wording = Wording.OfMessage(said, conversation, sender);
        return new(member)
        {
            Last = new MessagePart(said.Seq, said.Rev, said.Counted, said.SenderId, wording.Title, wording.Text, said.SentAt),
        };
    }
}
