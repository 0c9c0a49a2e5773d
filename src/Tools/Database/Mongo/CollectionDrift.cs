using ChatApp.Platform.Database;
using MongoDB.Driver;

namespace ChatApp.Database.Mongo;

/// <summary>Tells how a live database differs from the declared schema of its service.</summary>
public static class CollectionDrift
{
    /// <param name="live">The database's address; it is only read.</param>
    /// <returns>Nothing if they are equal.</returns>
    /// <exception cref="DatabaseToolException">The server or the declared schema is at fault.</exception>
    public static async Task<IReadOnlyList<string>> FindAsync(ServiceCollections service, string live, CancellationToken ct)
    {
        var declared = MongoSchema.Of(DeclaredCollections.Read(service.Declared));
        var url = new MongoUrl(live);
        using var client = new MongoClient(url);
        try
        {
            return (await MongoSchema.ReadAsync(client.GetDatabase(url.DatabaseName), ct)).DifferencesFrom(declared);
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            throw new DatabaseToolException(
                $"{service.Service}: database {url.DatabaseName} on {string.Join(',', url.Servers)} can't be read: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
    }
}
