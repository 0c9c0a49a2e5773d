namespace ChatApp.LocalStack.Sidecar.Policies;

/// <summary>The two steps in which work ends: first no further attempts, and only after a while the one at work is cut off.</summary>
internal readonly record struct Lifetime(CancellationToken Stopping, CancellationToken Aborted)
{
    public static implicit operator Lifetime(CancellationToken ct) => new(ct, ct);
}
