namespace ChatApp.Platform.Messaging;

/// <summary>
/// One write of documents, from before it is sent to the store until all that it tells is published. Disposed without <see cref="Complete"/>, it was not
/// answered: what it may have stored is looked for.
/// </summary>
public sealed class Change : IDisposable
{
    private readonly MongoOutbox _outbox;
    private readonly bool _again;
    private readonly Action _release;
    private readonly TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;
    private bool _completed;

    /// <param name="outbox">Where it goes.</param>
    /// <param name="at">When it began.</param>
    /// <param name="again">That it tells again what was written before: then no checkpoint waits for it, but whoever reads that again.</param>
    internal Change(MongoOutbox outbox, DateTimeOffset at, bool again = false) => (_outbox, At, _again, _release) = (outbox, at, again, Release);

    /// <summary>For the documents' <c>changedAt</c>.</summary>
    public DateTimeOffset At { get; }

    /// <summary>For the documents' <c>writer</c>.</summary>
    public Guid Writer => _outbox.Writer;

    /// <summary>Done when all that the write tells is published, but for what is left out.</summary>
    internal Task Published => _published.Task;

    /// <summary>Where something found no room and must be read again.</summary>
    internal HashSet<Shortage> LeftOut { get; } = [];

    /// <summary>Publishes an event of a document that was written. Returns at once.</summary>
    /// <param name="stored">The event, made of the document.</param>
    /// <param name="replaces">
    /// Names the state that the event tells of, for events of which only the newest counts: one that still waits with this name is not published.
    /// </param>
    /// <param name="version">Which of two with one name is newer: writes are not always announced in the order in which the store did them.</param>
    public void Publish(OutboxEvent stored, object? replaces = null, long version = 0)
    {
        Interlocked.Increment(ref _open);
        if (_outbox.Publish(new WaitingEvent(stored, _release, replaces, version)) is not { } shortage)
            return;

        LeftOut.Add(shortage);
        if (!_again)
            _outbox.LeaveOut(shortage, At);
        Release();
    }

    /// <summary>Keeps the checkpoint before this write until the answer is disposed: for a read model that follows later.</summary>
    public IDisposable Hold()
    {
        Interlocked.Increment(ref _open);
        return new Held(this);
    }

    /// <summary>The store has answered, and all that is to be published was named.</summary>
    public void Complete()
    {
        _completed = true;
        Release();
    }

    public void Dispose()
    {
        if (!_completed && !_again)
            _outbox.LookFor(At);
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _open) > 0)
            return;

        if (!_again)
            _outbox.Close(At);
        _published.TrySetResult();
    }

    private sealed class Held(Change change) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                change.Release();
        }
    }
}
