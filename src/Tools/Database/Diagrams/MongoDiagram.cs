using System.Globalization;
using ChatApp.Platform.Database;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Database.Diagrams;

/// <summary>Draws a MongoDB database: its collections, with the fields that validators and indexes name.</summary>
public static class MongoDiagram
{
    /// <exception cref="MongoException">The database can't be read.</exception>
    public static async Task<string> DrawAsync(IMongoDatabase db, string target, CancellationToken ct)
    {
        using var listed = await db.ListCollectionsAsync(cancellationToken: ct);
        var page = new DiagramPage();
        foreach (var collection in (await listed.ToListAsync(ct)).OrderBy(collection => collection["name"].AsString, StringComparer.Ordinal))
        {
            var name = collection["name"].AsString;
            if (name == MongoMigrations.HistoryCollection || name.StartsWith("system.", StringComparison.Ordinal))
                continue;

            using var found = await db.GetCollection<BsonDocument>(name).Indexes.ListAsync(ct);
            var indexes = (await found.ToListAsync(ct)).OrderBy(index => index["name"].AsString, StringComparer.Ordinal).ToList();
            var schema = collection.GetValue("options", new BsonDocument()).AsBsonDocument.GetValue("validator", new BsonDocument()).AsBsonDocument
                .GetValue("$jsonSchema", new BsonDocument()).AsBsonDocument;
            page.Entity(name, Attributes(schema, indexes));
            foreach (var index in indexes)
                page.Row(name, $"{name}.{index["name"].AsString}", Index(index));
            if (schema.ElementCount > 0)
                page.Row(name, "validator", Plain(schema).ToJson());
        }

        return page.Write(db.DatabaseNamespace.DatabaseName, target);
    }

    private static IEnumerable<string> Attributes(BsonDocument schema, List<BsonDocument> indexes)
    {
        var properties = schema.GetValue("properties", new BsonDocument()).AsBsonDocument;
        var required = schema.GetValue("required", new BsonArray()).AsBsonArray.Select(field => field.AsString).ToHashSet();
        var indexed = indexes.SelectMany(index => index["key"].AsBsonDocument.Names.Select(field => (Field: field.Split('.')[0], Index: index))).ToLookup(use => use.Field, use => use.Index);
        return properties.Names.Concat(required).Concat(indexed.Select(use => use.Key)).Append("_id").Distinct()
            .OrderBy(field => field, StringComparer.Ordinal)
            .Select(field => Attribute(field, properties.GetValue(field, new BsonDocument()).AsBsonDocument, required.Contains(field), indexed[field]));
    }

    private static string Attribute(string field, BsonDocument rule, bool required, IEnumerable<BsonDocument> indexes)
    {
        var type = rule.GetValue("bsonType", rule.Contains("enum") ? "string" : "any").AsString;
        var alone = indexes.Any(index => index.GetValue("unique", false).ToBoolean() && index["key"].AsBsonDocument.Names.SequenceEqual([field]));
        var key = field == "_id" ? " PK" : alone ? " UK" : "";
        return $"{type} {field}{key}{(required || field == "_id" ? "" : " \"may be missing\"")}";
    }

    private static string Index(BsonDocument index)
    {
        var words = new List<string> { Plain(index["key"]).ToJson() };
        if (index.GetValue("unique", false).ToBoolean())
            words.Insert(0, "unique");
        if (index.TryGetValue("expireAfterSeconds", out var seconds))
            words.Add($"expires after {(seconds.ToDouble() / 86400).ToString(CultureInfo.InvariantCulture)} days");
        if (index.TryGetValue("partialFilterExpression", out var filter))
            words.Add($"where {Plain(filter).ToJson()}");
        return string.Join(' ', words);
    }

    /// <summary>A server may keep 1 as 1.0, and the members of a schema in another order.</summary>
    private static BsonValue Plain(BsonValue value) => value switch
    {
        BsonDocument document when document.Contains("bsonType") || document.Contains("enum") => new BsonDocument(
            document.OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => new BsonElement(member.Name, member.Name == "properties" ? Sorted(member.Value) : Plain(member.Value)))),
        BsonDocument document => new BsonDocument(document.Select(member => new BsonElement(member.Name, Plain(member.Value)))),
        BsonArray array => new BsonArray(array.Select(Plain)),
        { IsNumeric: true } when value.ToInt64() == value.ToDouble() => new BsonInt32((int)value.ToInt64()),
        _ => value,
    };

    private static BsonDocument Sorted(BsonValue properties) => new(
        properties.AsBsonDocument.OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => new BsonElement(member.Name, Plain(member.Value))));
}
