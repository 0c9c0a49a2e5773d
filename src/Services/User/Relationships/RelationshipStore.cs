using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using Npgsql;

namespace ChatApp.User.Relationships;

/// <summary>Changes what two users are to each other, one change at a time, and tells what changed in the same transaction.</summary>
internal sealed class RelationshipStore(NpgsqlDataSource db, TimeProvider time)
{
    public Task<Verdict> RequestAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: true, (pair, now) => pair.Request(me, now), ct);

    public Task<Verdict> AcceptAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: false, (pair, now) => pair.Accept(me, now), ct);

    public Task<Verdict> DeclineAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: false, (pair, now) => pair.Decline(me, now), ct);

    public Task<Verdict> CancelAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: false, (pair, now) => pair.Cancel(me, now), ct);

    public Task<Verdict> RemoveAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: false, (pair, now) => pair.Remove(now), ct);

    public Task<Verdict> BlockAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: true, (pair, now) => pair.Block(me, now), ct);

    public Task<Verdict> UnblockAsync(Guid me, Guid other, CancellationToken ct) => ChangeAsync(me, other, meet: false, (pair, _) => pair.Unblock(me), ct);

    /// <param name="meet">Whether the change may be the first thing between the two.</param>
    private async Task<Verdict> ChangeAsync(Guid me, Guid other, bool meet, Func<Pair, DateTimeOffset, Verdict> decide, CancellationToken ct)
    {
        if (me == other)
            return new(Outcome.Myself);

        return await db.InTransactionAsync(async tx =>
        {
            var now = time.GetUtcNow();
            var strangers = Pair.Strangers(me, other, now);
            var found = meet ? await MeetAsync(tx, strangers, ct) : await LockAsync(tx, strangers, ct);
            if (found is null && meet)
                return new(Outcome.NoSuchUser);

            var before = found ?? strangers;
            var verdict = decide(before, now);
            if (verdict.Outcome is Outcome.Changed)
            {
                await SaveAsync(tx, verdict.Steps[^1], ct);
                foreach (var after in verdict.Steps)
                {
                    await TellAsync(tx, me, before, after, now, ct);
                    before = after;
                }
            }

            return verdict;
        }, ct);
    }

    /// <returns>Null when one of the two does not exist.</returns>
    private static async Task<Pair?> MeetAsync(NpgsqlTransaction tx, Pair strangers, CancellationToken ct)
    {
        await tx.ExecuteAsync(
            """
            INSERT INTO relationships (user_low, user_high, status, status_at, version)
            SELECT low.user_id, high.user_id, 'none', @StatusAt, 0
            FROM profiles low, profiles high
            WHERE low.user_id = @UserLow AND high.user_id = @UserHigh
            ON CONFLICT DO NOTHING
            """,
            new { strangers.UserLow, strangers.UserHigh, strangers.StatusAt },
            ct);
        return await LockAsync(tx, strangers, ct);
    }

    private static Task<Pair?> LockAsync(NpgsqlTransaction tx, Pair strangers, CancellationToken ct) =>
        tx.QuerySingleOrDefaultAsync<Pair>(
            """
            SELECT user_low, user_high, status, status_at, requester_id, low_blocked_at, high_blocked_at, version
            FROM relationships
            WHERE user_low = @UserLow AND user_high = @UserHigh
            FOR UPDATE
            """,
            new { strangers.UserLow, strangers.UserHigh },
            ct);

    private static async Task SaveAsync(NpgsqlTransaction tx, Pair pair, CancellationToken ct) =>
        await tx.ExecuteAsync(
            """
            UPDATE relationships
            SET status = lower(@status), status_at = @StatusAt, requester_id = @RequesterId, low_blocked_at = @LowBlockedAt,
                high_blocked_at = @HighBlockedAt, version = @Version
            WHERE user_low = @UserLow AND user_high = @UserHigh
            """,
            new
            {
                pair.UserLow,
                pair.UserHigh,
                status = pair.Status.ToString(),
                pair.StatusAt,
                pair.RequesterId,
                pair.LowBlockedAt,
                pair.HighBlockedAt,
                pair.Version,
            },
            ct);

    private static async Task TellAsync(NpgsqlTransaction tx, Guid me, Pair before, Pair after, DateTimeOffset now, CancellationToken ct)
    {
        var other = after.OtherThan(me);

        if (before.Status is PairStatus.Accepted && after.Status is not PairStatus.Accepted)
            await tx.EnqueueAsync(new FriendRemoved(me, other, after.Version, now), now, ct);
        if (before.Status is not PairStatus.Pending && after.Status is PairStatus.Pending)
            await tx.EnqueueAsync(new FriendRequested(me, other, after.Version, now), now, ct);
        if (before.Status is not PairStatus.Accepted && after is { Status: PairStatus.Accepted, RequesterId: { } requester })
            await tx.EnqueueAsync(new FriendAccepted(requester, after.OtherThan(requester), after.Version, now), now, ct);
        if (before.IsBlockedBy(me) != after.IsBlockedBy(me))
            await tx.EnqueueAsync(new BlockChanged(me, other, after.IsBlockedBy(me), after.Version, now), now, ct);
    }
}
