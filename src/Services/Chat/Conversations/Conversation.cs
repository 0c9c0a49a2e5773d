using ChatApp.Chat.Messages;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Conversations;

/// <summary>
/// A conversation as it is stored. Members are in the document, so that it is created, and its roles are changed, by one atomic write; that bounds their number
/// to <see cref="MaxMembers"/>.
/// </summary>
/// <param name="DirectKey">Both users of a direct conversation, in order: unique, so that a pair has one however many callers race.</param>
/// <param name="LastMessage">A projection of the log: absent before the first message, never older than what it was.</param>
/// <param name="LastActivityAt">When the last message came, or the conversation began.</param>
internal sealed record Conversation(
    Guid Id,
    ConversationKind Kind,
    string? Title,
    string? DirectKey,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    IReadOnlyList<Member> Members,
    LastMessage? LastMessage,
    DateTimeOffset LastActivityAt,
    List<OutboxEvent>? Outbox)
{
    public const int MaxMembers = 500;

    public bool HasMember(Guid userId) => Members.Any(member => member.UserId == userId);
}

internal enum Role
{
    Member,
    Admin,
    Owner,
}

internal sealed record Member(Guid UserId, Role Role, DateTimeOffset JoinedAt);

/// <summary>What a list of conversations shows of the newest message.</summary>
/// <param name="Text">Its beginning, at most <see cref="MaxText"/> characters.</param>
internal sealed record LastMessage(long Seq, long Rev, Guid SenderId, string Text, DateTimeOffset SentAt)
{
    public const int MaxText = 200;

    public static LastMessage Of(StoredMessage message) => new(message.Seq, message.Rev, message.SenderId, Excerpt(message.Text), message.SentAt);

    public static LastMessage Of(MessageSent message) => new(message.Seq, message.Rev, message.SenderId, Excerpt(message.Text), message.SentAt);

    private static string Excerpt(string text)
    {
        if (text.Length <= MaxText)
            return text;

        // Never half of a surrogate pair.
        return text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];
    }
}
