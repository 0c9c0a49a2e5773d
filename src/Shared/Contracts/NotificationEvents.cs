namespace ChatApp.Contracts;

/// <summary>What changed in the inboxes of many people at once. The newest <see cref="InboxEntry.UpdatedAt"/> of an entry wins.</summary>
/// <param name="BatchId">Names the batch. Batches need no order among each other.</param>
public sealed record InboxChanged(Guid BatchId, IReadOnlyList<InboxEntry> Entries) : IEvent
{
    public static string Topic => "notifications.inbox";
    public static string Type => "notifications.inbox.changed.v1";
    public string Key => BatchId.ToString();
}

/// <summary>An entry of a person's inbox as it is now.</summary>
/// <param name="NotificationId">The same for all messages of a conversation: they share one entry.</param>
/// <param name="Kind"><c>message</c>, <c>friend_request</c> or <c>friend_accepted</c>.</param>
/// <param name="ActorId">Who wrote last, asked or accepted.</param>
/// <param name="ConversationId">Where it happened, for messages.</param>
/// <param name="FirstSeq">The first message that is unread, for messages.</param>
/// <param name="LastSeq">The newest message, for messages.</param>
/// <param name="Count">How many are unread, for messages; else 1 while it is unread.</param>
/// <param name="ReadAt">Null while it is unread.</param>
public sealed record InboxEntry(
    Guid UserId,
    Guid NotificationId,
    string Kind,
    Guid ActorId,
    string Title,
    string? Text,
    Guid? ConversationId,
    long? FirstSeq,
    long? LastSeq,
    long Count,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? ReadAt);
