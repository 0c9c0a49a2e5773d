using System.Diagnostics;
using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Chat.Messages;

/// <summary>How an append ended.</summary>
internal enum AppendResult
{
    /// <summary>The message took its place.</summary>
    Created,

    /// <summary>The same key with the same text was sent before.</summary>
    Existing,

    /// <summary>The same key was sent before with another text.</summary>
    KeyReused,

    /// <summary>The sender is no member any more.</summary>
    NotMember,

    /// <summary>The members changed meanwhile: what a change of them was decided on may not hold any more.</summary>
    MembersChanged,
}

/// <param name="Message">Null when it was not stored.</param>
internal sealed record Appended(AppendResult Result, Message? Message);

/// <summary>A message that waits for its place in the log.</summary>
/// <param name="decidedAt">The change number that the log had when it was decided that this may be written.</param>
internal sealed class Draft(
    Guid conversationId, Guid senderId, Guid clientMessageId, string text, SystemMessage? system, long decidedAt, DateTimeOffset sentAt)
{
    private readonly TaskCompletionSource<Appended> _appended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // The places that it tried, and when: by them it knows itself again in the log. Another one with its key, in the same write too, tried another place.
    private readonly HashSet<(long Seq, DateTimeOffset At)> _tried = [];

    public Guid ConversationId => conversationId;

    public Guid SenderId => senderId;

    public Guid ClientMessageId => clientMessageId;

    public bool IsSystem => system is not null;

    public long DecidedAt => decidedAt;

    /// <summary>When it began to wait, as <see cref="Stopwatch.GetTimestamp"/> tells it.</summary>
    public long Since { get; } = Stopwatch.GetTimestamp();

    public int Attempts => _tried.Count;

    /// <summary>The request's own span: a batch is written for many requests.</summary>
    public ActivityContext Trace { get; } = Activity.Current?.Context ?? default;

    public string? TraceParent { get; } = Activity.Current?.Id;

    public Task<Appended> Appended => _appended.Task;

    public StoredMessage At(Tail end, Change change)
    {
        _tried.Add((end.Seq + 1, change.At));
        return new StoredMessage(
            StoredMessage.Key(conversationId, end.Seq + 1),
            conversationId,
            end.Seq + 1,
            end.Rev + 1,
            end.Counted + (system is null ? 1 : 0),
            end.MemberCount + Joined - Left,
            senderId,
            clientMessageId,
            text,
            sentAt,
            system,
            change.At,
            change.Writer);
    }

    public void Created(StoredMessage stored) => _appended.TrySetResult(new Appended(AppendResult.Created, stored.View()));

    /// <summary>A message with this key is in the log: an earlier one, or this one itself, whose acknowledgement got lost.</summary>
    public void Found(StoredMessage stored, Guid writer) => _appended.TrySetResult(new Appended(
        stored.Text != text ? AppendResult.KeyReused
        : stored.Writer == writer && _tried.Contains((stored.Seq, stored.ChangedAt)) ? AppendResult.Created
        : AppendResult.Existing,
        stored.View()));

    public void Refused(AppendResult result) => _appended.TrySetResult(new Appended(result, null));

    public void Failed(Exception exception) => _appended.TrySetException(new LogUnavailableException(exception));

    private int Joined => system?.Members.Count(member => member.Active) ?? 0;

    private int Left => system?.Members.Count(member => !member.Active) ?? 0;
}

/// <summary>The log could not be written within the time that a caller may wait. Nothing says that the message is not in it: send again with the same key.</summary>
internal sealed class LogUnavailableException(Exception inner) : Exception("The conversation's log can't be written now.", inner);
