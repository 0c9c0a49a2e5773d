using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>The collection <c>dead_letters</c>. A document without a payload is an event that is still being tried.</summary>
public sealed class MongoDeadLetters(IMongoDatabase db) : IDeadLetterStore
{
    private const string Collection = "dead_letters";

    private static readonly FilterDefinitionBuilder<Stored> Where = Builders<Stored>.Filter;
    private static readonly UpdateDefinitionBuilder<Stored> Change = Builders<Stored>.Update;
    private static readonly UpdateOptions Upsert = new() { IsUpsert = true };

    private readonly IMongoCollection<Stored> _letters = db.GetCollection<Stored>(Collection);

    Task IDeadLetterStore.FailedAsync(EventHead head, string error, DateTimeOffset at, CancellationToken ct) =>
        WriteAsync(head, at, Change.Set(letter => letter.Error, error).Inc(letter => letter.Attempts, 1), ct);

    async Task IDeadLetterStore.KeepAsync(EventHead head, byte[] payload, DateTimeOffset at, CancellationToken ct)
    {
        await WriteAsync(head, at, Change.Set(letter => letter.Payload, payload).Inc(letter => letter.Attempts, 0).Unset(letter => letter.ReplayedAt), ct);
        if (head.Problem is { } problem)
            await _letters.UpdateOneAsync(Is(head.LetterId) & Where.Exists(letter => letter.Error, false), Change.Set(letter => letter.Error, problem), cancellationToken: ct);
    }

    async Task<IReadOnlyList<DeadLetter>> IDeadLetterStore.FindAsync(DeadLetterFilter filter, CancellationToken ct)
    {
        var meant = Dead(filter.Replayed);
        if (filter.Topic is { } topic)
            meant &= Where.Eq(letter => letter.Topic, topic);
        if (filter.Type is { } type)
            meant &= Where.Eq(letter => letter.Type, type);
        if (filter.Since is { } since)
            meant &= Where.Gte(letter => letter.LastAt, since);
        if (filter.Id is { } id)
            meant &= Is(id);

        var found = await _letters.Find(meant).SortBy(letter => letter.FirstAt).Limit(IDeadLetterStore.Max)
            .Project<Stored>(Builders<Stored>.Projection.Exclude(letter => letter.Payload)).ToListAsync(ct);
        return [.. found.Select(letter => letter.Letter())];
    }

    async Task<byte[]?> IDeadLetterStore.PayloadAsync(Guid id, CancellationToken ct) => (await _letters.Find(Is(id)).FirstOrDefaultAsync(ct))?.Payload;

    Task IDeadLetterStore.ReplayedAsync(Guid id, DateTimeOffset at, CancellationToken ct) =>
        _letters.UpdateOneAsync(Is(id), Change.Set(letter => letter.ReplayedAt, at), cancellationToken: ct);

    Task IDeadLetterStore.DiscardAsync(Guid id, CancellationToken ct) => _letters.DeleteOneAsync(Is(id), ct);

    Task<long> IDeadLetterStore.CountAsync(CancellationToken ct) => _letters.CountDocumentsAsync(Dead(replayed: false), cancellationToken: ct);

    Task IDeadLetterStore.ForgetAsync(DateTimeOffset before, CancellationToken ct) =>
        _letters.DeleteManyAsync(
            (Where.Exists(letter => letter.Payload, false) & Where.Lt(letter => letter.LastAt, before)) | Where.Lt(letter => letter.ReplayedAt, before), ct);

    private static FilterDefinition<Stored> Is(Guid id) => Where.Eq(letter => letter.Id, id);

    private static FilterDefinition<Stored> Dead(bool replayed) => replayed
        ? Where.Exists(letter => letter.Payload)
        : Where.Exists(letter => letter.Payload) & Where.Exists(letter => letter.ReplayedAt, false);

    private async Task WriteAsync(EventHead head, DateTimeOffset at, UpdateDefinition<Stored> change, CancellationToken ct)
    {
        var update = Change.Combine(
            change,
            Change.Set(letter => letter.LastAt, at),
            Change.SetOnInsert(letter => letter.FirstAt, at),
            Change.SetOnInsert(letter => letter.Topic, head.Topic),
            Change.SetOnInsert(letter => letter.EventId, head.EventId),
            Change.SetOnInsert(letter => letter.Type, head.Type),
            Change.SetOnInsert(letter => letter.Key, head.Key),
            Change.SetOnInsert(letter => letter.TraceParent, head.TraceParent));
        try
        {
            await _letters.UpdateOneAsync(Is(head.LetterId), update, Upsert, ct);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // Two replicas inserted it at once: now it is there.
            await _letters.UpdateOneAsync(Is(head.LetterId), update, Upsert, ct);
        }
    }

    private sealed record Stored(
        Guid Id,
        string? Topic,
        string? EventId,
        string? Type,
        string? Key,
        byte[]? Payload,
        string? Error,
        int Attempts,
        string? TraceParent,
        DateTimeOffset FirstAt,
        DateTimeOffset LastAt,
        DateTimeOffset? ReplayedAt)
    {
        public DeadLetter Letter() => new(Id, Topic, EventId, Type, Key, Error, Attempts, TraceParent, FirstAt, LastAt, ReplayedAt);
    }
}
