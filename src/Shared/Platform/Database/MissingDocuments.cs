using MongoDB.Driver;

namespace ChatApp.Platform.Database;

public static class MissingDocuments
{
    private static readonly InsertManyOptions InAnyOrder = new() { IsOrdered = false };

    /// <summary>Inserts those documents whose keys are free; the others stay as they are.</summary>
    public static async Task InsertMissingAsync<T>(this IMongoCollection<T> collection, IReadOnlyCollection<T> documents, CancellationToken ct)
    {
        if (documents.Count == 0)
            return;

        try
        {
            await collection.InsertManyAsync(documents, InAnyOrder, ct);
        }
        catch (MongoBulkWriteException<T> exception)
            when (exception.WriteConcernError is null && exception.WriteErrors.All(error => error.Category == ServerErrorCategory.DuplicateKey))
        {
            // They were there.
        }
    }
}
