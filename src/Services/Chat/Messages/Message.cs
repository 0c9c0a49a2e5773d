using System.Buffers.Binary;
using ChatApp.Contracts;

namespace ChatApp.Chat.Messages;

/// <summary>A message as clients see it, in history and, by <see cref="MessageSent"/>, live. It is identified by its conversation and <paramref name="Seq"/>.</summary>
/// <param name="Seq">Its place in the conversation: 1, 2, 3, ... without a gap.</param>
/// <param name="Rev">The conversation's change number when this message last changed.</param>
/// <param name="Counted">How many messages that count as unread there are up to and including this one.</param>
/// <param name="MemberCount">How many members the conversation has after it.</param>
/// <param name="System">What happened, when nobody wrote it.</param>
internal sealed record Message(
    Guid ConversationId,
    long Seq,
    long Rev,
    long Counted,
    int MemberCount,
    Guid SenderId,
    Guid ClientMessageId,
    string Text,
    DateTimeOffset SentAt,
    SystemMessage? System);

/// <summary>A message as it is stored. It is written once: the event that tells of it is made from it.</summary>
/// <param name="Id">See <see cref="Key"/>.</param>
/// <param name="ChangedAt">By the writer's clock, which never goes back: what a crash left unpublished is found by it.</param>
/// <param name="Writer">The process that wrote it.</param>
internal sealed record StoredMessage(
    byte[] Id,
    Guid ConversationId,
    long Seq,
    long Rev,
    long Counted,
    int MemberCount,
    Guid SenderId,
    Guid ClientMessageId,
    string Text,
    DateTimeOffset SentAt,
    SystemMessage? System,
    DateTimeOffset ChangedAt,
    Guid Writer)
{
    public Message View() => new(ConversationId, Seq, Rev, Counted, MemberCount, SenderId, ClientMessageId, Text, SentAt, System);

    public MessageSent Event() => new(ConversationId, Seq, Rev, Counted, MemberCount, SenderId, ClientMessageId, Text, SentAt, System);

    /// <summary>The conversation's 16 bytes, then the place in 8: the primary key itself is the log, in order.</summary>
    public static byte[] Key(Guid conversationId, long seq)
    {
        var key = new byte[24];
        conversationId.TryWriteBytes(key, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(16), seq);
        return key;
    }
}
