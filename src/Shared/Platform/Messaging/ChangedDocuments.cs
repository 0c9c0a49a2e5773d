using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>The documents whose changes are told to others, to be read again where it is not known that they were told.</summary>
internal sealed class ChangedDocuments(IMongoDatabase db)
{
    private readonly List<Collection> _collections = [];

    private delegate Task Collection(BsonDocument which, Change change, Func<CancellationToken, Task> roomAsync, CancellationToken ct);

    /// <summary>What a writer changed, from a time on.</summary>
    public static BsonDocument Since(Guid writer, DateTimeOffset from) => Of(writer, new BsonDocument("$gte", from.UtcDateTime));

    /// <summary>What a writer changed in a time, both ends included.</summary>
    public static BsonDocument Between(Guid writer, DateTimeOffset from, DateTimeOffset to) =>
        Of(writer, new BsonDocument { ["$gte"] = from.UtcDateTime, ["$lte"] = to.UtcDateTime });

    /// <summary>What a writer changed at these times.</summary>
    public static BsonDocument At(Guid writer, IEnumerable<DateTimeOffset> times) =>
        Of(writer, new BsonDocument("$in", new BsonArray(times.Select(at => at.UtcDateTime).Distinct())));

    public void Add<T>(string collection, Action<IReadOnlyList<T>, Change> announce)
    {
        var documents = db.GetCollection<T>(collection);
        _collections.Add((which, change, roomAsync, ct) => AnnounceAsync(documents, which, announce, change, roomAsync, ct));
    }

    /// <summary>Announces documents again.</summary>
    /// <param name="which">Their <c>writer</c> and <c>changedAt</c>.</param>
    /// <param name="change">What tells of them.</param>
    /// <param name="roomAsync">Waits until more of it may be kept in memory.</param>
    /// <param name="ct">Ends it, with something left to do.</param>
    public async Task AnnounceAsync(BsonDocument which, Change change, Func<CancellationToken, Task> roomAsync, CancellationToken ct)
    {
        foreach (var announceAsync in _collections)
            await announceAsync(which, change, roomAsync, ct);
        change.Complete();
    }

    private static async Task AnnounceAsync<T>(
        IMongoCollection<T> documents, BsonDocument which, Action<IReadOnlyList<T>, Change> announce, Change change,
        Func<CancellationToken, Task> roomAsync, CancellationToken ct)
    {
        using var found = await documents.Find(which, new FindOptions { BatchSize = EventPublisher.MaxBatch })
            // What one write stored at the same time has its order too: messages of a conversation, by their place.
            .Sort(Builders<T>.Sort.Ascending("changedAt").Ascending("_id"))
            .ToCursorAsync(ct);
        while (await found.MoveNextAsync(ct))
        {
            await roomAsync(ct);
            if (found.Current.ToArray() is { Length: > 0 } batch)
                announce(batch, change);
        }
    }

    private static BsonDocument Of(Guid writer, BsonDocument changedAt) =>
        new() { ["changedAt"] = changedAt, ["writer"] = new BsonBinaryData(writer, GuidRepresentation.Standard) };
}
