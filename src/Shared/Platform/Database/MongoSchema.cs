using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>The validator and the indexes of a collection, in a form in which equal ones are equal.</summary>
/// <param name="Validator">Null where every document is welcome.</param>
/// <param name="Indexes">By name, without the one that each collection has.</param>
/// <param name="Type"><c>collection</c>, or what else the server lists.</param>
public sealed record CollectionSchema(BsonDocument? Validator, IReadOnlyDictionary<string, BsonDocument> Indexes, string Type = CollectionSchema.Usual)
{
    public const string Usual = "collection";
}

/// <summary>What the collections of a MongoDB database are like: a live one's, or those that migrations declare.</summary>
/// <param name="Collections">By name, without the history of the migrations and the server's own.</param>
public sealed record MongoSchema(IReadOnlyDictionary<string, CollectionSchema> Collections)
{
    private const string OwnIndex = "_id_";

    /// <summary>What of a listed index is ours to say; servers add their own.</summary>
    public static readonly IReadOnlyList<string> IndexOptions = ["key", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression"];

    /// <summary>What these steps make of an empty database, one after the other.</summary>
    public static MongoSchema Of(IEnumerable<CollectionShape> shapes)
    {
        var collections = new Dictionary<string, CollectionSchema>();
        foreach (var shape in shapes)
        {
            if (shape.Gone)
            {
                collections.Remove(shape.Name);
                continue;
            }

            var before = collections.GetValueOrDefault(shape.Name, new CollectionSchema(null, new Dictionary<string, BsonDocument>()));
            var indexes = before.Indexes.Where(index => !shape.Drop.Contains(index.Key)).ToDictionary();
            foreach (var index in shape.DeclaredIndexes)
                indexes[index["name"].AsString] = Normal(index);
            collections[shape.Name] = new CollectionSchema(shape.Validator is null ? before.Validator : NormalValidator(shape.Validator), indexes);
        }

        return new MongoSchema(collections);
    }

    /// <summary>What a database is like now.</summary>
    public static async Task<MongoSchema> ReadAsync(IMongoDatabase db, CancellationToken ct)
    {
        using var listed = await db.ListCollectionsAsync(cancellationToken: ct);
        var collections = new Dictionary<string, CollectionSchema>();
        foreach (var collection in await listed.ToListAsync(ct))
        {
            var (name, type) = (collection["name"].AsString, collection.GetValue("type", CollectionSchema.Usual).AsString);
            if (name == MongoMigrations.HistoryCollection || name.StartsWith("system.", StringComparison.Ordinal))
                continue;

            var indexes = new Dictionary<string, BsonDocument>();
            if (type == CollectionSchema.Usual)
            {
                using var found = await db.GetCollection<BsonDocument>(name).Indexes.ListAsync(ct);
                indexes = (await found.ToListAsync(ct)).Where(index => index["name"] != OwnIndex).ToDictionary(index => index["name"].AsString, Normal);
            }

            var options = collection.GetValue("options", new BsonDocument()).AsBsonDocument;
            collections[name] = new CollectionSchema(NormalValidator(options.GetValue("validator", BsonNull.Value)), indexes, type);
        }

        return new MongoSchema(collections);
    }

    /// <summary>Where this one is not what is declared, in words.</summary>
    public IReadOnlyList<string> DifferencesFrom(MongoSchema declared) =>
    [
        .. Names(Collections.Keys.Except(declared.Collections.Keys)).Select(name => $"{Collections[name].Type} {name} is not declared"),
        .. Names(declared.Collections.Keys).SelectMany(name => Collections.TryGetValue(name, out var found)
            ? Differences(name, found, declared.Collections[name])
            : [$"collection {name} is missing"]),
    ];

    private static IEnumerable<string> Differences(string name, CollectionSchema found, CollectionSchema declared) =>
    [
        .. Equals(found.Validator, declared.Validator)
            ? (string[])[]
            : [$"the validator of {name} is {found.Validator?.ToJson() ?? "not there"}, declared is {declared.Validator?.ToJson() ?? "none"}"],
        .. Names(declared.Indexes.Keys.Except(found.Indexes.Keys)).Select(index => $"index {index} of {name} is missing"),
        .. Names(found.Indexes.Keys.Except(declared.Indexes.Keys)).Select(index => $"index {index} of {name} is not declared"),
        .. Names(declared.Indexes.Keys.Intersect(found.Indexes.Keys)).Where(index => found.Indexes[index] != declared.Indexes[index])
            .Select(index => $"index {index} of {name} is {found.Indexes[index].ToJson()}, declared is {declared.Indexes[index].ToJson()}"),
    ];

    private static IEnumerable<string> Names(IEnumerable<string> names) => names.Order(StringComparer.Ordinal);

    private static BsonDocument? NormalValidator(BsonValue validator) =>
        validator is BsonDocument { ElementCount: > 0 } checks ? (BsonDocument)Normal(checks, ordered: true) : null;

    private static BsonDocument Normal(BsonDocument index) => (BsonDocument)Normal(
        new BsonDocument(IndexOptions.Where(index.Contains).Select(option => new BsonElement(option, index[option])).Where(option => option.Value != BsonBoolean.False)),
        ordered: true);

    /// <summary>A server may keep 1 as 1.0, and the members of an object in another order; the order of an index's keys counts.</summary>
    private static BsonValue Normal(BsonValue value, bool ordered) => value switch
    {
        BsonDocument document => new BsonDocument((ordered ? document.OrderBy(member => member.Name, StringComparer.Ordinal) : document.AsEnumerable())
            .Select(member => new BsonElement(member.Name, Normal(member.Value, ordered: member.Name != "key")))),
        BsonArray array => new BsonArray(array.Select(item => Normal(item, ordered: true))),
        { IsNumeric: true } when value.ToDouble() == value.ToInt64() => value.ToInt64() is >= int.MinValue and <= int.MaxValue ? (BsonValue)value.ToInt32() : value.ToInt64(),
        _ => value,
    };
}
