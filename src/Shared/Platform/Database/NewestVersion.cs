using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>Keeps a copy of what another service owns: its events may come twice and pass each other, and the newest version wins.</summary>
public static class NewestVersion
{
    /// <summary>Applies the update to the document, or to a new one, unless that has this version or a later one already; the version is in its field <c>version</c>.</summary>
    public static async Task KeepNewestAsync<T>(
        this IMongoCollection<T> copies, FilterDefinition<T> document, long version, UpdateDefinition<T> update, CancellationToken ct)
    {
        var older = Builders<T>.Filter.And(document, Builders<T>.Filter.Not(Builders<T>.Filter.Gte("version", version)));

        // A duplicate means that the document is not older, or that another writer was inserting it just now: then the second attempt finds it.
        if (!await TryAsync())
            await TryAsync();

        async Task<bool> TryAsync()
        {
            try
            {
                await copies.UpdateOneAsync(older, update.Set("version", version), new UpdateOptions { IsUpsert = true }, ct);
                return true;
            }
            catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
            {
                return false;
            }
        }
    }
}
