namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>The two steps in which work ends: first no further attempts, and only after a while the one at work is cut off.</summary>
/// <param name="Deadline">Where a component limits the time of one message: ends the attempts, and nothing that comes after them.</param>
internal readonly record struct Lifetime(CancellationToken Stopping, CancellationToken Aborted, CancellationToken Deadline = default)
{
    public static implicit operator Lifetime(CancellationToken ct) => new(ct, ct);

    /// <summary>The lifetime of the attempts alone: over at the deadline too.</summary>
    public Attempts ForAttempts() => Deadline.CanBeCanceled
        ? new Attempts(CancellationTokenSource.CreateLinkedTokenSource(Stopping, Deadline), CancellationTokenSource.CreateLinkedTokenSource(Aborted, Deadline))
        : new Attempts(this);

    internal readonly struct Attempts(Lifetime lifetime) : IDisposable
    {
        private readonly CancellationTokenSource? _stopping;
        private readonly CancellationTokenSource? _aborted;

        public Attempts(CancellationTokenSource stopping, CancellationTokenSource aborted)
            : this(new Lifetime(stopping.Token, aborted.Token)) => (_stopping, _aborted) = (stopping, aborted);

        public Lifetime Lifetime => lifetime;

        public void Dispose()
        {
            _stopping?.Dispose();
            _aborted?.Dispose();
        }
    }
}
