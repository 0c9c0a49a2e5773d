namespace ChatApp.Platform.Messaging;

/// <summary>An event that this service could not handle, as it came from the broker. What could not be read of it is null.</summary>
/// <param name="Id">Made of the event: the same event is the same letter.</param>
/// <param name="Error">What the last attempt failed with, as far as it reached this service.</param>
/// <param name="Attempts">How often a handler here has failed with it, replays included.</param>
/// <param name="ReplayedAt">When it was handled after all; null while it waits.</param>
public sealed record DeadLetter(
    Guid Id,
    string? Topic,
    string? EventId,
    string? Type,
    string? Key,
    string? Error,
    int Attempts,
    string? TraceParent,
    DateTimeOffset FirstAt,
    DateTimeOffset LastAt,
    DateTimeOffset? ReplayedAt);

/// <summary>Which letters are meant; null is any.</summary>
/// <param name="Replayed">Those that were replayed already, too.</param>
public sealed record DeadLetterFilter(string? Topic = null, string? Type = null, DateTimeOffset? Since = null, Guid? Id = null, bool Replayed = false);

/// <summary>A service's own dead letters, in its own database.</summary>
internal interface IDeadLetterStore
{
    /// <summary>The most that one question answers.</summary>
    const int Max = 1000;

    /// <summary>Remembers why an event failed. It becomes a letter only when its attempts end and <see cref="KeepAsync"/> brings its bytes.</summary>
    Task FailedAsync(EventHead head, string error, DateTimeOffset at, CancellationToken ct);

    Task KeepAsync(EventHead head, byte[] payload, DateTimeOffset at, CancellationToken ct);

    /// <summary>The oldest first.</summary>
    Task<IReadOnlyList<DeadLetter>> FindAsync(DeadLetterFilter filter, CancellationToken ct);

    Task<byte[]?> PayloadAsync(Guid id, CancellationToken ct);

    Task ReplayedAsync(Guid id, DateTimeOffset at, CancellationToken ct);

    Task DiscardAsync(Guid id, CancellationToken ct);

    /// <summary>Those that wait.</summary>
    Task<long> CountAsync(CancellationToken ct);

    /// <summary>Deletes what has served: failures of events that succeeded in the end, and replayed letters.</summary>
    Task ForgetAsync(DateTimeOffset before, CancellationToken ct);
}
