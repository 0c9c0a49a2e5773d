using ChatApp.Chat.Messages;
using ChatApp.Contracts;

namespace ChatApp.Chat.Conversations;

/// <summary>
/// A conversation as it is stored. Its members are the memberships; what follows from its log is a projection, never older than what it was.
/// </summary>
/// <param name="DirectKey">Both users of a direct conversation, in order: unique, so that a pair has one however many callers race.</param>
/// <param name="LastMessage">The last message that somebody wrote: absent before the first.</param>
/// <param name="LastActivityAt">When that came, or the conversation began.</param>
/// <param name="Rev">The last change number of the log.</param>
/// <param name="Counted">How many of its messages count as unread.</param>
/// <param name="MembersRev">The change number of the last change of its members.</param>
internal sealed record Conversation(
    Guid Id,
    ConversationKind Kind,
    string? Title,
    string? DirectKey,
    Guid CreatedBy,
    DateTimeOffset CreatedAt,
    LastMessage? LastMessage,
    DateTimeOffset LastActivityAt,
    long Rev,
    long Counted,
    int MemberCount,
    long MembersRev)
{
    public const int MaxMembers = 10_000;

    /// <summary>Whom one request can bring in, and one message of the log can name.</summary>
    public const int MaxAtOnce = 500;
}

/// <summary>What a list of conversations shows of the newest message.</summary>
/// <param name="Text">Its beginning, at most <see cref="MaxText"/> characters.</param>
internal sealed record LastMessage(long Seq, long Rev, Guid SenderId, string Text, DateTimeOffset SentAt)
{
    public const int MaxText = 200;

    public static LastMessage Of(StoredMessage message) => new(message.Seq, message.Rev, message.SenderId, Excerpt(message.Text), message.SentAt);

    private static string Excerpt(string text)
    {
        if (text.Length <= MaxText)
            return text;

        // Never half of a surrogate pair.
        return text[..(char.IsHighSurrogate(text[MaxText - 1]) ? MaxText - 1 : MaxText)];
    }
}
