using System.Globalization;
using MongoDB.Driver;

namespace ChatApp.Database.Mongo;

/// <summary>A database of a random name that lives as long as this object. What a process that was killed left behind is dropped by a later run.</summary>
internal sealed class MongoScratch : IAsyncDisposable
{
    private const string Prefix = "chatapp_scratch_";

    private readonly MongoClient _client;

    private MongoScratch(MongoClient client, string address)
    {
        (_client, Address) = (client, address);
        Database = client.GetDatabase(new MongoUrl(address).DatabaseName);
    }

    /// <summary>The database's own address, for another program.</summary>
    public string Address { get; }

    public IMongoDatabase Database { get; }

    /// <param name="server">A user who may make databases.</param>
    /// <exception cref="DatabaseToolException">There is no such server, or the user may not.</exception>
    public static async Task<MongoScratch> CreateAsync(string server, CancellationToken ct)
    {
        var address = new MongoUrlBuilder(server) { DatabaseName = $"{Prefix}{Guid.CreateVersion7():N}", ServerSelectionTimeout = TimeSpan.FromSeconds(5) };
        if (address.Username is not null)
            address.AuthenticationSource ??= new MongoUrl(server).DatabaseName ?? "admin";
        var client = new MongoClient(address.ToMongoUrl());
        try
        {
            using var names = await client.ListDatabaseNamesAsync(ct);
            foreach (var left in (await names.ToListAsync(ct)).Where(IsLeft))
                await client.DropDatabaseAsync(left, ct);
            return new MongoScratch(client, address.ToString());
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            client.Dispose();
            throw new DatabaseToolException(
                $"no scratch database can be made on {string.Join(',', address.Servers)}: {exception.Message.ReplaceLineEndings(" ")} It takes a server that runs and a user who may make databases.",
                exception);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // Also when the command was cancelled: the database would stay.
        await _client.DropDatabaseAsync(Database.DatabaseNamespace.DatabaseName, CancellationToken.None);
        _client.Dispose();
    }

    /// <summary>No run takes an hour. The first 48 bits of a UUID v7 are the milliseconds since 1970 (RFC 9562, 5.7).</summary>
    private static bool IsLeft(string database) =>
        database.StartsWith(Prefix, StringComparison.Ordinal)
        && long.TryParse(database.AsSpan(Prefix.Length, Math.Min(12, database.Length - Prefix.Length)), NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var born)
        && DateTimeOffset.FromUnixTimeMilliseconds(born) < DateTimeOffset.UtcNow.AddHours(-1);
}
