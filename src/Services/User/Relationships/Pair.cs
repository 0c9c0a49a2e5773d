namespace ChatApp.User.Relationships;

internal enum PairStatus
{
    None,
    Pending,
    Accepted,
    Declined,
    Cancelled,
    Removed,
}

/// <summary>How an attempt to change something between two users went.</summary>
internal enum Outcome
{
    Changed,

    /// <summary>It was so already.</summary>
    AsBefore,
    NoSuchUser,
    NoSuchRequest,
    NotFriends,
    AlreadyFriends,

    /// <summary>The caller must lift the block first.</summary>
    BlockedByMe,
    Myself,
}

/// <param name="Steps">What the pair becomes, one change after the other; the last one is what it is now.</param>
internal sealed record Verdict(Outcome Outcome, params IReadOnlyList<Pair> Steps);

/// <summary>What two users are to each other, and the rules by which it changes.</summary>
/// <param name="UserLow">The one with the smaller id.</param>
/// <param name="RequesterId">Who asked for the friendship.</param>
/// <param name="LowBlockedAt">Since when the low one has blocked the high one.</param>
internal sealed record Pair(
    Guid UserLow,
    Guid UserHigh,
    PairStatus Status,
    DateTimeOffset StatusAt,
    Guid? RequesterId,
    DateTimeOffset? LowBlockedAt,
    DateTimeOffset? HighBlockedAt,
    long Version)
{
    public static Pair Strangers(Guid a, Guid b, DateTimeOffset now) =>
        a.CompareTo(b) < 0 ? new(a, b, PairStatus.None, now, null, null, null, 0) : new(b, a, PairStatus.None, now, null, null, null, 0);

    public Guid OtherThan(Guid user) => user == UserLow ? UserHigh : UserLow;

    public bool IsBlockedBy(Guid user) => (user == UserLow ? LowBlockedAt : HighBlockedAt) is not null;

    public Verdict Request(Guid me, DateTimeOffset now) => this switch
    {
        _ when IsBlockedBy(OtherThan(me)) => new(Outcome.NoSuchUser),
        _ when IsBlockedBy(me) => new(Outcome.BlockedByMe),
        { Status: PairStatus.Accepted } => new(Outcome.AlreadyFriends),
        { Status: PairStatus.Pending } when RequesterId == me => new(Outcome.AsBefore, this),
        // Both want it: the requests crossed.
        { Status: PairStatus.Pending } => new(Outcome.Changed, To(PairStatus.Accepted, now)),
        _ => new(Outcome.Changed, To(PairStatus.Pending, now) with { RequesterId = me }),
    };

    public Verdict Accept(Guid me, DateTimeOffset now) => Status switch
    {
        PairStatus.Pending when RequesterId != me => new(Outcome.Changed, To(PairStatus.Accepted, now)),
        PairStatus.Accepted when RequesterId != me => new(Outcome.AsBefore, this),
        _ => new(Outcome.NoSuchRequest),
    };

    public Verdict Decline(Guid me, DateTimeOffset now) => Status switch
    {
        PairStatus.Pending when RequesterId != me => new(Outcome.Changed, To(PairStatus.Declined, now)),
        PairStatus.Declined when RequesterId != me => new(Outcome.AsBefore, this),
        _ => new(Outcome.NoSuchRequest),
    };

    public Verdict Cancel(Guid me, DateTimeOffset now) => Status switch
    {
        PairStatus.Pending when RequesterId == me => new(Outcome.Changed, To(PairStatus.Cancelled, now)),
        PairStatus.Cancelled when RequesterId == me => new(Outcome.AsBefore, this),
        _ => new(Outcome.NoSuchRequest),
    };

    public Verdict Remove(DateTimeOffset now) => Status switch
    {
        PairStatus.Accepted => new(Outcome.Changed, To(PairStatus.Removed, now)),
        PairStatus.Removed => new(Outcome.AsBefore, this),
        _ => new(Outcome.NotFriends),
    };

    public Verdict Block(Guid me, DateTimeOffset now)
    {
        if (IsBlockedBy(me))
            return new(Outcome.AsBefore, this);

        return Status switch
        {
            PairStatus.Accepted => EndAndBlock(PairStatus.Removed),
            PairStatus.Pending => EndAndBlock(RequesterId == me ? PairStatus.Cancelled : PairStatus.Declined),
            _ => new(Outcome.Changed, WithBlock(me, now)),
        };

        Verdict EndAndBlock(PairStatus end)
        {
            var ended = To(end, now);
            return new(Outcome.Changed, ended, ended.WithBlock(me, now));
        }
    }

    public Verdict Unblock(Guid me) => IsBlockedBy(me) ? new(Outcome.Changed, WithBlock(me, null)) : new(Outcome.AsBefore, this);

    private Pair To(PairStatus status, DateTimeOffset now) => this with { Status = status, StatusAt = now, Version = Version + 1 };

    private Pair WithBlock(Guid by, DateTimeOffset? at) => by == UserLow
        ? this with { LowBlockedAt = at, Version = Version + 1 }
        : this with { HighBlockedAt = at, Version = Version + 1 };
}
