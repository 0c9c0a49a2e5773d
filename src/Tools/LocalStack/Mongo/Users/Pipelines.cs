using System.Collections.Frozen;
using System.Text;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>Whether a user may do what an aggregation does besides reading its own database: some stages read others, some write.</summary>
internal static class Pipelines
{
    /// <summary>Stages that work on what comes in, or on the collection itself. Any other is looked into.</summary>
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Harmless = FrozenSet.Create(
        "$addFields", "$bucket", "$bucketAuto", "$collStats", "$count", "$densify", "$documents", "$fill", "$geoNear", "$group", "$indexStats", "$limit", "$match",
        "$project", "$redact", "$replaceRoot", "$replaceWith", "$sample", "$search", "$set", "$setWindowFields", "$skip", "$sort", "$sortByCount", "$unset", "$unwind",
        "$vectorSearch").GetAlternateLookup<ReadOnlySpan<char>>();

    /// <param name="command">As it came: it is decoded only if a stage in it is to be looked into.</param>
    public static bool Allow(User user, ReadOnlySpan<byte> command, string database)
    {
        var element = new RawBson(command);
        while (element.Next())
        {
            if (element.Name.SequenceEqual("pipeline"u8) && !AreHarmless(element))
                return Allow(user, Bson.Decode(command), database);
        }

        return true;
    }

    public static bool Allow(User user, BsonDocument command, string database) =>
        command.GetValue("pipeline", null) is not { } pipeline || StagesOf(pipeline).All(stage => Allow(user, stage, database));

    private static bool AreHarmless(in RawBson pipeline)
    {
        if (pipeline.Type != BsonType.Array)
            return false;

        Span<char> name = stackalloc char[32];
        var stage = new RawBson(pipeline.Value);
        while (stage.Next())
        {
            if (stage.Type != BsonType.Document)
                return false;

            var field = new RawBson(stage.Value);
            while (field.Next())
            {
                if (!Encoding.UTF8.TryGetChars(field.Name, name, out var length) || !Harmless.Contains(name[..length]))
                    return false;
            }
        }

        return true;
    }

    private static bool Allow(User user, BsonElement stage, string database) => (stage.Name, stage.Value) switch
    {
        ("$out", var target) => user.May(Right.Write | Right.Build, DatabaseOf(target, database)),
        ("$merge", BsonDocument merge) => user.May(Right.Write | Right.Build, DatabaseOf(merge.GetValue("into", null), database)),
        ("$lookup" or "$graphLookup", BsonDocument lookup) =>
            user.May(Right.Read, DatabaseOf(lookup.GetValue("from", null), database)) && Allow(user, lookup, database),
        ("$unionWith", BsonString) => true,
        ("$unionWith", BsonDocument union) => user.May(Right.Read, DatabaseOf(union, database)) && Allow(user, union, database),
        ("$facet", BsonDocument facet) => facet.Values.SelectMany(StagesOf).All(inner => Allow(user, inner, database)),
        var (name, _) => Harmless.Contains(name) || user.May(Right.Server, database),
    };

    /// <summary>A collection is named by its name, or by { db, coll } where it is another database's.</summary>
    private static string DatabaseOf(BsonValue? collection, string database) =>
        collection is BsonDocument named ? named.GetValue("db", database).ToString()! : database;

    private static IEnumerable<BsonElement> StagesOf(BsonValue pipeline) =>
        (pipeline as BsonArray ?? throw new MongoError(MongoError.TypeMismatch, "'pipeline' must be a list of stages."))
        .SelectMany(stage => stage as BsonDocument ?? throw new MongoError(MongoError.TypeMismatch, "Each stage of a pipeline must be a document."));
}
