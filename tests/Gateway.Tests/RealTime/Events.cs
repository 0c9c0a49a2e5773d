using ChatApp.Contracts;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>Events as the services publish them.</summary>
internal static class Events
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 2, 12, 0, 0, TimeSpan.Zero);

    public static MessageSent Message(Guid conversationId, Guid senderId, long seq = 2, string text = "hello", SystemMessage? system = null) =>
        new(conversationId, seq, seq, seq - 1, 2, senderId, Guid.NewGuid(), text, Noon, system);

    public static MessageSent Created(Guid conversationId, Guid by, params IEnumerable<Guid> memberIds) =>
        Changed(conversationId, MembersChange.Created, by, 1, memberIds);

    public static MessageSent Added(Guid conversationId, Guid by, long seq, params IEnumerable<Guid> memberIds) =>
        Changed(conversationId, MembersChange.Added, by, seq, memberIds);

    public static MessageSent Removed(Guid conversationId, Guid by, long seq, params IEnumerable<Guid> memberIds) =>
        Changed(conversationId, MembersChange.Removed, by, seq, memberIds);

    public static InboxEntry Entry(
        Guid userId, Guid notificationId, long count = 1, DateTimeOffset? updatedAt = null, DateTimeOffset? readAt = null) =>
        new(userId, notificationId, "message", Guid.NewGuid(), "Bob", "hello", Guid.NewGuid(), 2, 1 + count, count, updatedAt ?? Noon, readAt);

    private static MessageSent Changed(Guid conversationId, MembersChange change, Guid by, long seq, IEnumerable<Guid> memberIds)
    {
        var active = change is MembersChange.Created or MembersChange.Added;
        var members = memberIds.Select(id => new MemberChange(id, "member", active)).ToArray();
        return Message(conversationId, by, seq, "", new SystemMessage(change, ConversationKind.Group, "Lunch", members));
    }
}
