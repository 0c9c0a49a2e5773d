using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>
/// One step of a MongoDB database's history, a class per step in a service's folder <c>Migrations</c>. It must be safe to repeat: a start may die in the middle of
/// it. What it declares is compared with the live database, and its checksum is of that declaration; code has no text at run time, so a step of code is known by
/// its name alone.
/// </summary>
public class MongoMigration
{
    private readonly Func<IMongoDatabase, CancellationToken, Task> _up;

    /// <summary>A step that makes collections, or changes what documents of them must look like and which indexes they have.</summary>
    public MongoMigration(int version, string name, params CollectionShape[] collections)
        : this(version, name, collections, async (db, ct) =>
        {
            foreach (var collection in collections)
                await collection.ApplyAsync(db, ct);
        })
    {
    }

    /// <summary>A step of code, such as one that changes documents.</summary>
    public MongoMigration(int version, string name, Func<IMongoDatabase, CancellationToken, Task> up)
        : this(version, name, [], up)
    {
    }

    private MongoMigration(int version, string name, IReadOnlyList<CollectionShape> collections, Func<IMongoDatabase, CancellationToken, Task> up)
    {
        (Version, Name, Collections, _up) = (version, name, collections, up);
        Text = new BsonDocument { ["name"] = name, ["collections"] = new BsonArray(collections.Select(collection => collection.Declared)) }.ToJson();
        Checksum = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Text)))[..32];
    }

    public int Version { get; }

    public string Name { get; }

    public IReadOnlyList<CollectionShape> Collections { get; }

    /// <summary>What it declares.</summary>
    public string Text { get; }

    public string Checksum { get; }

    /// <summary>The steps of a program, oldest first.</summary>
    public static IReadOnlyList<MongoMigration> In(Assembly program) =>
    [
        .. program.GetTypes().Where(type => type.IsSubclassOf(typeof(MongoMigration)))
            .Select(type => (MongoMigration)Activator.CreateInstance(type, nonPublic: true)!)
            .OrderBy(migration => migration.Version),
    ];

    public Task UpAsync(IMongoDatabase db, CancellationToken ct) => _up(db, ct);
}
