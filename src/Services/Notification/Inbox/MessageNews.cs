using ChatApp.Contracts;
using ChatApp.Notification.Directory;
using ChatApp.Notification.Memberships;

namespace ChatApp.Notification.Inbox;

/// <summary>What messages are to the members of their conversation.</summary>
internal static class MessageNews
{
    /// <summary>In larger conversations messages notify nobody: nothing at all is asked or written for them.</summary>
    public const int MaxMembers = 50;

    /// <summary>Who joins has read what was before, and so has who goes.</summary>
    public static IEnumerable<MembershipPatch> MembersOf(MessageSent sent) => sent.System is null ? [] : sent.System.Members.Select(member =>
        new MembershipPatch(new MembershipKey(sent.ConversationId, member.UserId))
        {
            Member = new MemberPart(member.Role, member.Active, sent.Rev),
            Read = new MarkPart(sent.Seq, sent.Counted, sent.SentAt),
        });

    /// <summary>Who writes has read what was before.</summary>
    public static MembershipPatch MarkOf(MessageSent sent) =>
        new(new MembershipKey(sent.ConversationId, sent.SenderId)) { Read = new MarkPart(sent.Seq, sent.Counted, sent.SentAt) };

    /// <summary>What this member has not heard of and did not mute; nothing before what he has read, or wrote himself.</summary>
    public static IEnumerable<SaidPart> For(Membership member, IEnumerable<SaidPart> newestFirst) => newestFirst
        .TakeWhile(said => said.SenderId != member.UserId && said.Seq > (member.Mark?.Seq ?? 0) && said.Seq > (member.Last?.Seq ?? 0))
        .Where(said => said.Rev > member.Member!.Rev && !(member.Settings?.MutedUntil > said.SentAt));

    public static MembershipPatch Tell(MembershipKey member, SaidPart said, AboutPart? about, string? sender)
    {
        var wording = Wording.OfMessage(said, about, sender);
        return new(member) { Last = new MessagePart(said.Seq, said.Rev, said.Counted, said.SenderId, wording.Title, wording.Text, said.SentAt) };
    }
}
