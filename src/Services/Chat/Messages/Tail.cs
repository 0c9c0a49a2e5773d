using ChatApp.Chat.Conversations;

namespace ChatApp.Chat.Messages;

/// <summary>Where a conversation's log ends.</summary>
/// <param name="Counted">How many messages that count as unread there are.</param>
/// <param name="MembersRev">The change number of the last change of members that this process knows of, or any later one.</param>
/// <param name="Newest">The last message that somebody wrote, if this process has seen it.</param>
internal sealed record Tail(long Seq, long Rev, long Counted, int MemberCount, long MembersRev, LastMessage? Newest)
{
    public static readonly Tail Empty = new(0, 0, 0, 0, 0, null);

    /// <summary>The end of the log after a message that comes next.</summary>
    public Tail After(StoredMessage message) => new(
        Math.Max(Seq, message.Seq),
        Math.Max(Rev, message.Rev),
        Math.Max(Counted, message.Counted),
        message.MemberCount,
        message.System is null ? MembersRev : Math.Max(MembersRev, message.Rev),
        message.System is null ? LastMessage.Of(message) : Newest);
}
