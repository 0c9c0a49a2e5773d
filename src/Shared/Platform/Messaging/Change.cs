namespace ChatApp.Platform.Messaging;

/// <summary>
/// One write of documents, from before it is sent to the store until all that it tells is published. Disposed without <see cref="Complete"/>, it was not
/// answered: what it may have stored is looked for.
/// </summary>
public sealed class Change : IDisposable
{
    private readonly MongoOutbox _outbox;
    private readonly TaskCompletionSource _published = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 1;
    private bool _completed;

    internal Change(MongoOutbox outbox, DateTimeOffset at, Guid writer) => (_outbox, At, Writer) = (outbox, at, writer);

    /// <summary>For the documents' <c>changedAt</c>.</summary>
    public DateTimeOffset At { get; }

    /// <summary>For the documents' <c>writer</c>.</summary>
    public Guid Writer { get; }

    /// <summary>Done when all that the write tells is published.</summary>
    internal Task Published => _published.Task;

    /// <summary>Publishes an event of a document that was written. Returns at once.</summary>
    /// <param name="replaces">
    /// Names the state that the event tells of, for events of which only the newest counts: one that still waits with this name is not published.
    /// </param>
    public void Publish(OutboxEvent stored, object? replaces = null)
    {
        Interlocked.Increment(ref _open);
        if (_outbox.Publish(stored, replaces, Release))
            return;

        _outbox.LeaveOut(At);
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
        if (!_completed)
            _outbox.LookFor(At);
    }

    private void Release()
    {
        if (Interlocked.Decrement(ref _open) > 0)
            return;

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
