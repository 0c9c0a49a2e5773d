using System.Buffers.Binary;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Messages;

/// <summary>A message as clients see it. It is identified by its conversation and <paramref name="Seq"/>.</summary>
/// <param name="Seq">Its place in the conversation: 1, 2, 3, ... without a gap.</param>
/// <param name="Rev">The conversation's change number when this message last changed.</param>
internal sealed record Message(Guid ConversationId, long Seq, long Rev, Guid SenderId, Guid ClientMessageId, string Text, DateTimeOffset SentAt);

/// <summary>A message as it is stored, with the event that tells of it until that is published.</summary>
/// <param name="Id">See <see cref="Key"/>.</param>
internal sealed record StoredMessage(
    byte[] Id,
    Guid ConversationId,
    long Seq,
    long Rev,
    Guid SenderId,
    Guid ClientMessageId,
    string Text,
    DateTimeOffset SentAt,
    List<OutboxEvent>? Outbox)
{
    public Message View() => new(ConversationId, Seq, Rev, SenderId, ClientMessageId, Text, SentAt);

    /// <summary>The conversation's 16 bytes, then the place in 8: the primary key itself is the log, in order.</summary>
    public static byte[] Key(Guid conversationId, long seq)
    {
        var key = new byte[24];
        conversationId.TryWriteBytes(key, bigEndian: true, out _);
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(16), seq);
        return key;
    }
}
