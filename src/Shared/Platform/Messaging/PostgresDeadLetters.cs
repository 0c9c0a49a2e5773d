using ChatApp.Platform.Database;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>The table <c>dead_letters</c>. A row without a payload is an event that is still being tried.</summary>
internal sealed class PostgresDeadLetters(NpgsqlDataSource db) : IDeadLetterStore
{
    public Task FailedAsync(EventHead head, string error, DateTimeOffset at, CancellationToken ct) =>
        db.ExecuteAsync(
            """
            INSERT INTO dead_letters (id, topic, event_id, type, key, error, attempts, trace_parent, first_at, last_at)
            VALUES (@LetterId, @Topic, @EventId, @Type, @Key, @error, 1, @TraceParent, @at, @at)
            ON CONFLICT (id) DO UPDATE SET error = excluded.error, attempts = dead_letters.attempts + 1, last_at = excluded.last_at
            """,
            new { head.LetterId, head.Topic, head.EventId, head.Type, head.Key, error, head.TraceParent, at },
            ct);

    public Task KeepAsync(EventHead head, byte[] payload, DateTimeOffset at, CancellationToken ct) =>
        db.ExecuteAsync(
            """
            INSERT INTO dead_letters (id, topic, event_id, type, key, payload, error, attempts, trace_parent, first_at, last_at)
            VALUES (@LetterId, @Topic, @EventId, @Type, @Key, @payload, @Problem, 0, @TraceParent, @at, @at)
            ON CONFLICT (id) DO UPDATE SET
                payload = excluded.payload, key = coalesce(dead_letters.key, excluded.key), error = coalesce(dead_letters.error, excluded.error),
                last_at = excluded.last_at, replayed_at = NULL
            """,
            new { head.LetterId, head.Topic, head.EventId, head.Type, head.Key, payload, head.Problem, head.TraceParent, at },
            ct);

    public Task<IReadOnlyList<DeadLetter>> FindAsync(DeadLetterFilter filter, CancellationToken ct) =>
        db.QueryAsync<DeadLetter>(
            """
            SELECT id, topic, event_id, type, key, error, attempts, trace_parent, first_at, last_at, replayed_at
            FROM dead_letters
            WHERE payload IS NOT NULL AND (@Replayed OR replayed_at IS NULL)
                AND (@Topic::text IS NULL OR topic = @Topic) AND (@Type::text IS NULL OR type = @Type)
                AND (@Since::timestamptz IS NULL OR last_at >= @Since) AND (@Id::uuid IS NULL OR id = @Id)
            ORDER BY first_at, id
            LIMIT @Max
            """,
            new { filter.Topic, filter.Type, filter.Since, filter.Id, filter.Replayed, IDeadLetterStore.Max },
            ct);

    public Task<byte[]?> PayloadAsync(Guid id, CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<byte[]>("SELECT payload FROM dead_letters WHERE id = @id", new { id }, ct);

    public Task ReplayedAsync(Guid id, DateTimeOffset at, CancellationToken ct) =>
        db.ExecuteAsync("UPDATE dead_letters SET replayed_at = @at WHERE id = @id", new { id, at }, ct);

    public Task DiscardAsync(Guid id, CancellationToken ct) => db.ExecuteAsync("DELETE FROM dead_letters WHERE id = @id", new { id }, ct);

    public Task<long> CountAsync(CancellationToken ct) =>
        db.QuerySingleOrDefaultAsync<long>("SELECT count(*) FROM dead_letters WHERE payload IS NOT NULL AND replayed_at IS NULL", null, ct);

    public Task ForgetAsync(DateTimeOffset before, CancellationToken ct) =>
        db.ExecuteAsync("DELETE FROM dead_letters WHERE (payload IS NULL AND last_at < @before) OR replayed_at < @before", new { before }, ct);
}
