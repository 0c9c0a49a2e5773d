using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>Compares what applied migrations declare with the live database: collections, validators, indexes.</summary>
internal sealed class MongoDrift(IMongoDatabase db)
{
    private const string OwnIndex = "_id_";

    /// <summary>What of a listed index is ours to say; servers add their own.</summary>
    private static readonly string[] Options = ["key", "unique", "sparse", "expireAfterSeconds", "partialFilterExpression"];

    public async Task<IReadOnlyList<string>> FindAsync(IEnumerable<MongoMigration> applied, CancellationToken ct)
    {
        var declared = new SortedDictionary<string, (BsonDocument? Validator, Dictionary<string, BsonDocument> Indexes)>(StringComparer.Ordinal);
        foreach (var collection in applied.SelectMany(migration => migration.Collections))
        {
            var before = declared.GetValueOrDefault(collection.Name, (null, []));
            foreach (var index in collection.Drop)
                before.Indexes.Remove(index);
            foreach (var index in collection.DeclaredIndexes)
                before.Indexes[index["name"].AsString] = index;
            declared[collection.Name] = (collection.Validator ?? before.Validator, before.Indexes);
        }

        using var listed = await db.ListCollectionsAsync(cancellationToken: ct);
        var live = (await listed.ToListAsync(ct))
            .Where(collection => collection["name"] != MongoHistory.Collection && !collection["name"].AsString.StartsWith("system.", StringComparison.Ordinal))
            .ToDictionary(collection => collection["name"].AsString, collection => collection.GetValue("options", new BsonDocument()).AsBsonDocument);

        var differences = live.Keys.Except(declared.Keys).Order(StringComparer.Ordinal).Select(name => $"collection {name} is not declared").ToList();
        foreach (var (name, (validator, indexes)) in declared)
        {
            if (!live.TryGetValue(name, out var options))
            {
                differences.Add($"collection {name} is missing");
                continue;
            }

            var checks = options.GetValue("validator", BsonNull.Value) is BsonDocument { ElementCount: > 0 } found ? found : null;
            if (!Same(checks, validator))
                differences.Add($"the validator of {name} is {checks?.ToJson() ?? "not there"}, declared is {validator?.ToJson() ?? "none"}");
            differences.AddRange(await IndexesAsync(name, indexes, ct));
        }

        return differences;
    }

    private async Task<IReadOnlyList<string>> IndexesAsync(string collection, Dictionary<string, BsonDocument> declared, CancellationToken ct)
    {
        using var listed = await db.GetCollection<BsonDocument>(collection).Indexes.ListAsync(ct);
        var live = (await listed.ToListAsync(ct)).Where(index => index["name"] != OwnIndex).ToDictionary(index => index["name"].AsString, Ours);
        return
        [
            .. declared.Keys.Except(live.Keys).Order(StringComparer.Ordinal).Select(name => $"index {name} of {collection} is missing"),
            .. live.Keys.Except(declared.Keys).Order(StringComparer.Ordinal).Select(name => $"index {name} of {collection} is not declared"),
            .. declared.Where(index => live.TryGetValue(index.Key, out var found) && !Same(found, Ours(index.Value)))
                .Select(index => $"index {index.Key} of {collection} is {live[index.Key].ToJson()}, declared is {Ours(index.Value).ToJson()}"),
        ];
    }

    private static BsonDocument Ours(BsonDocument index) => new(Options.Where(index.Contains).Select(option => new BsonElement(option, index[option]))
        .Where(option => option.Value != BsonBoolean.False));

    private static bool Same(BsonDocument? one, BsonDocument? other) => Equals(one is null ? null : Plain(one, ordered: true), other is null ? null : Plain(other, ordered: true));

    /// <summary>A server may keep 1 as 1.0, and the members of an object in another order; the order of an index's keys counts.</summary>
    private static BsonValue Plain(BsonValue value, bool ordered) => value switch
    {
        BsonDocument document => new BsonDocument((ordered ? document.OrderBy(member => member.Name, StringComparer.Ordinal) : document.AsEnumerable())
            .Select(member => new BsonElement(member.Name, Plain(member.Value, ordered: member.Name != "key")))),
        BsonArray array => new BsonArray(array.Select(item => Plain(item, ordered: true))),
        { IsNumeric: true } => value.ToDouble(),
        _ => value,
    };
}
