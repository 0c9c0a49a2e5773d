using System.Diagnostics;
using ChatApp.Chat.Conversations;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Messages;

/// <summary>How a send ended.</summary>
internal enum Outcome
{
    /// <summary>The message took its place.</summary>
    Created,

    /// <summary>The same key with the same text was sent before.</summary>
    Existing,

    /// <summary>The same key was sent before with another text.</summary>
    KeyReused,
}

internal sealed record Appended(Outcome Outcome, Message Message);

/// <summary>A message that waits for its place in the log.</summary>
internal sealed class Draft(Audience audience, Guid senderId, Guid clientMessageId, string text, DateTimeOffset sentAt)
{
    // The batch is written by whoever came first; each event belongs to the trace of its own request.
    private readonly string? _traceParent = Activity.Current?.Id;
    private readonly TaskCompletionSource<Appended> _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The events of its attempts: by them it knows itself again in the log.
    private readonly List<Guid> _tried = [];

    public (Guid SenderId, Guid ClientMessageId) Key => (senderId, clientMessageId);

    /// <summary>The request's own span.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public Task<Appended> Appended => _appended.Task;

    public StoredMessage At(long seq, long rev)
    {
        var sent = new MessageSent(
            audience.ConversationId, audience.Kind, audience.Title, seq, rev, senderId, clientMessageId, text, audience.MemberIds, sentAt);
        var stored = OutboxEvent.From(sent, sentAt) with { TraceParent = _traceParent };
        _tried.Add(stored.Id);
        return new StoredMessage(
            StoredMessage.Key(audience.ConversationId, seq),
            audience.ConversationId,
            seq,
            rev,
            senderId,
            clientMessageId,
            text,
            sentAt,
            [stored]);
    }

    public void Created(StoredMessage stored) => _appended.TrySetResult(new Appended(Outcome.Created, stored.View()));

    /// <summary>A message with this key is in the log: an earlier one, or this one itself, whose acknowledgement got lost.</summary>
    public void Found(StoredMessage stored) => _appended.TrySetResult(new Appended(
        stored.Text != text ? Outcome.KeyReused
        : stored.Outbox?.Any(one => _tried.Contains(one.Id)) is true ? Outcome.Created
        : Outcome.Existing,
        stored.View()));

    public void Failed(Exception exception) => _appended.TrySetException(exception);

    /// <summary>Another draft of the same batch has the same key: what became of that one decides.</summary>
    public async Task FollowAsync(Draft first)
    {
        try
        {
            var (_, message) = await first.Appended;
            _appended.TrySetResult(new Appended(message.Text == text ? Outcome.Existing : Outcome.KeyReused, message));
        }
        catch (LogUnavailableException exception)
        {
            Failed(exception);
        }
    }
}

/// <summary>The log could not be written within the time that a caller may wait. Nothing says that the message is not in it: send again with the same key.</summary>
internal sealed class LogUnavailableException(Exception inner) : Exception("The conversation's log can't be written now.", inner);
