using ChatApp.Contracts;

namespace ChatApp.Chat.Memberships;

/// <summary>What a person is in a conversation, and what the conversation is to him. Who is a member follows from the log: its system messages say so.</summary>
/// <param name="Id">See <see cref="Key"/>.</param>
/// <param name="Active">False for who is no member any more.</param>
/// <param name="Rev">The change number of the system message that made it so; an older one changes nothing.</param>
/// <param name="ReadSeq">Read up to here; only ever grows.</param>
/// <param name="ReadCounted">How many of the messages up to there count: what is counted beyond is unread.</param>
/// <param name="MutedUntil">No notifications before.</param>
/// <param name="Version">Grows with every change of his own settings; read marks have their own event.</param>
/// <param name="ChangedAt">When he marked or set something last: who reads it publishes it again after a crash.</param>
internal sealed record Membership(
    byte[] Id,
    Guid ConversationId,
    Guid UserId,
    ConversationKind Kind,
    Guid? OtherId,
    Role Role,
    bool Active,
    DateTimeOffset JoinedAt,
    long Rev,
    long ReadSeq,
    long ReadCounted,
    DateTimeOffset? ReadAt,
    DateTimeOffset? MutedUntil,
    long Version,
    DateTimeOffset? ChangedAt,
    Guid? Writer)
{
    /// <summary>Both ids, 16 bytes each: the members of a conversation lie side by side.</summary>
    public static byte[] Key(Guid conversationId, Guid userId)
    {
        var key = new byte[32];
        conversationId.TryWriteBytes(key, bigEndian: true, out _);
        userId.TryWriteBytes(key.AsSpan(16), bigEndian: true, out _);
        return key;
    }
}

internal enum Role
{
    Member,
    Admin,
    Owner,
}

/// <summary>A membership as far as rules need it.</summary>
/// <param name="OtherId">The other one of a direct conversation.</param>
internal sealed record Member(ConversationKind Kind, Guid? OtherId, Role Role)
{
    public bool ManagesMembers => Kind is ConversationKind.Group && Role is Role.Admin or Role.Owner;

    public static Member Of(Membership membership) => new(membership.Kind, membership.OtherId, membership.Role);
}
