using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>
/// Documents of parts, each of which has a number of its own: the part with the greatest number stays, whatever comes twice or passes another. The store
/// compares, so that many documents are written with one command, and none is read for it.
/// </summary>
internal static class VersionedParts
{
    private const int MaxAttempts = 3;

    /// <summary>Adds to a <c>$set</c>: this part, unless the one that is stored is as new.</summary>
    public static void SetNewer<T>(this BsonDocument set, string name, T? part, string numberName, long? number)
        where T : class
    {
        if (part is not null)
            set[name] = Either(new BsonDocument("$gt", new BsonArray { number, $"${name}.{numberName}" }), Literal(part), $"${name}");
    }

    public static BsonDocument Either(BsonDocument condition, BsonValue one, BsonValue other) =>
        new("$cond", new BsonArray { condition, one, other });

    /// <summary>A text may look like an expression.</summary>
    public static BsonDocument Literal<T>(T part) => new("$literal", part.ToBsonDocument());

    /// <param name="number">Null for a part that is not there.</param>
    public static FilterDefinition<T> IsStill<T>(string name, string numberName, long? number) => number is null
        ? Builders<T>.Filter.Exists(name, false)
        : Builders<T>.Filter.Eq($"{name}.{numberName}", number);

    public static UpdateOneModel<T> Upsert<T>(FilterDefinition<T> filter, params BsonDocument[] steps) =>
        new(filter, Builders<T>.Update.Pipeline(steps)) { IsUpsert = true };

    /// <param name="updates">In the order of their keys, so that two who write the same documents do not lock each other out.</param>
    public static async Task WriteAsync<T>(
        this IMongoCollection<T> documents, IReadOnlyList<UpdateOneModel<T>> updates, CancellationToken ct)
    {
        for (var attempt = 1; updates.Count > 0; attempt++)
        {
            try
            {
                await documents.BulkWriteAsync(updates, new BulkWriteOptions { IsOrdered = false }, ct);
                return;
            }
            catch (MongoBulkWriteException<T> exception) when (attempt < MaxAttempts && IsRace(exception))
            {
                // Somebody else inserted them just now: they are there to be updated.
                updates = [.. exception.WriteErrors.Select(error => updates[error.Index])];
            }
        }
    }

    private static bool IsRace<T>(MongoBulkWriteException<T> exception) => exception.WriteErrors.Count > 0
        && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey);
}
