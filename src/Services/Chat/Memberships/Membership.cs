using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Memberships;

/// <summary>What a conversation is to one of its members. Who is a member, and as what, is said by the conversation itself.</summary>
/// <param name="Id">See <see cref="Key"/>.</param>
/// <param name="ReadSeq">Read up to here; only ever grows.</param>
/// <param name="MutedUntil">No notifications before.</param>
/// <param name="Version">Grows with every change that a <c>MembershipChanged</c> event tells; read marks have their own event.</param>
internal sealed record Membership(
    byte[] Id,
    Guid ConversationId,
    Guid UserId,
    DateTimeOffset? JoinedAt,
    long ReadSeq,
    DateTimeOffset? MutedUntil,
    long Version,
    List<OutboxEvent>? Outbox)
{
    /// <summary>Both ids, 16 bytes each: one document for each member, whoever comes first to write it.</summary>
    public static byte[] Key(Guid conversationId, Guid userId)
    {
        var key = new byte[32];
        conversationId.TryWriteBytes(key, bigEndian: true, out _);
        userId.TryWriteBytes(key.AsSpan(16), bigEndian: true, out _);
        return key;
    }
}
