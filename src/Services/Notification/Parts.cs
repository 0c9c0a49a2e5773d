using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>
/// Documents of parts, each of which has a number of its own: the part with the greatest number stays, whatever comes twice or passes another. The store
/// compares, so that many documents are written with one command, and none is read for it.
/// </summary>
internal static class Parts
{
    private const int MaxAttempts = 3;

    /// <summary>Adds to a <c>$set</c>: this part, unless the one that is stored is as new.</summary>
    public static void SetNewer<T>(this BsonDocument set, string name, T? part, string numberName, long? number)
        where T : class
    {
        if (part is not null)
            set[name] = Either(new BsonDocument("$gt", new BsonArray { number, $"${name}.{numberName}" }), Literal(part), $"${name}");
    }

    public static BsonDocument Either(BsonDocument condition, BsonValue one, BsonValue other) => new("$cond", new BsonArray { condition, one, other });

    /// <summary>A text may look like an expression.</summary>
    public static BsonDocument Literal<T>(T part) => new("$literal", part.ToBsonDocument());

    public static UpdateOneModel<T> Upsert<T>(FilterDefinition<T> filter, params BsonDocument[] steps) =>
        new(filter, Builders<T>.Update.Pipeline(steps)) { IsUpsert = true };

    /// <summary>Those of one collection in one order, so that two who write the same documents never wait for each other.</summary>
    public static async Task WriteAsync<T>(this IMongoCollection<T> documents, IReadOnlyList<UpdateOneModel<T>> updates, CancellationToken ct)
    {
        for (var attempt = 1; updates.Count > 0; attempt++)
        {
            try
            {
                await documents.BulkWriteAsync(updates, new BulkWriteOptions { IsOrdered = false }, ct);
                return;
            }
            catch (MongoBulkWriteException<T> exception)
                when (attempt < MaxAttempts && exception.WriteErrors.Count > 0 && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
            {
                // Somebody else inserted them just now: they are there to be updated.
                updates = [.. exception.WriteErrors.Select(error => updates[error.Index])];
            }
        }
    }
}
