using System.Text.Json;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>PostgreSQL's plan of a query in the words of MongoDB: IXSCAN, COLLSCAN, SORT, LIMIT, so that a test can tell whether a query scans.</summary>
internal static class Explain
{
    private static readonly Dictionary<string, string> Functions = new()
    {
        ["find"] = "bson_aggregation_find",
        ["aggregate"] = "bson_aggregation_pipeline",
        ["count"] = "bson_aggregation_count",
        ["distinct"] = "bson_aggregation_distinct",
        ["update"] = "bson_aggregation_update",
        ["delete"] = "bson_aggregation_delete",
        ["findAndModify"] = "bson_aggregation_find_and_modify",
    };

    /// <summary>The engine plans constants only, so the query stands in the statement: hexadecimal, and the database as a quoted literal.</summary>
    public static string SqlOf(string database, BsonDocument query, bool analyze)
    {
        var command = query.GetElement(0).Name;
        if (!Functions.TryGetValue(command, out var function))
            throw new MongoError(MongoError.CommandNotFound, $"Explain of '{command}' is not supported.");

        var options = analyze && command is "find" or "aggregate" or "count" or "distinct" ? "FORMAT JSON, ANALYZE" : "FORMAT JSON";
        var arguments = $"'{database.Replace("'", "''")}', 'BSONHEX{Convert.ToHexString(query.ToBson())}'";
        return $"EXPLAIN ({options}) SELECT document FROM documentdb_api_catalog.{function}({arguments})";
    }

    public static BsonDocument ToReply(string database, BsonDocument query, string json)
    {
        using var explained = JsonDocument.Parse(json);
        var root = explained.RootElement[0];
        var plan = Stage(root.GetProperty("Plan"), SortsById(query)) ?? new BsonDocument("stage", "EOF");
        var reply = new BsonDocument("queryPlanner", new BsonDocument { { "namespace", $"{database}.{query[0]}" }, { "winningPlan", plan } });

        if (root.TryGetProperty("Execution Time", out var time))
        {
            reply.Add("executionStats", new BsonDocument
            {
                { "executionSuccess", true },
                { "nReturned", Rows(root.GetProperty("Plan"), "Actual Rows") },
                { "executionTimeMillis", time.GetDouble() },
                { "totalDocsExamined", Examined(root.GetProperty("Plan")) },
            });
        }

        return reply.Add("postgres", json).Add("ok", 1.0);
    }

    private static BsonDocument? Stage(JsonElement node, bool sortsById)
    {
        var inputs = Children(node).Select(child => Stage(child, sortsById)).OfType<BsonDocument>().ToList();
        var stage = node.GetProperty("Node Type").GetString()! switch
        {
            "Index Scan" or "Index Only Scan" or "Bitmap Index Scan" when !sortsById && IsWholeCollection(node) => new BsonDocument("stage", "COLLSCAN"),
            "Index Scan" or "Index Only Scan" or "Bitmap Index Scan" =>
                new BsonDocument { { "stage", "IXSCAN" }, { "indexName", node.GetProperty("Index Name").GetString() } },
            "Seq Scan" => new BsonDocument("stage", "COLLSCAN"),
            "Sort" or "Incremental Sort" => new BsonDocument("stage", "SORT"),
            "Limit" => new BsonDocument("stage", "LIMIT"),
            _ => inputs.Count > 1 ? new BsonDocument("stage", node.GetProperty("Node Type").GetString()!.ToUpperInvariant()) : null,
        };

        if (stage is null)
            return inputs.SingleOrDefault();
        if (inputs.Count == 1)
            stage.Add("inputStage", inputs[0]);
        else if (inputs.Count > 1)
            stage.Add("inputStages", new BsonArray(inputs));

        return stage;
    }

    // Every collection begins its primary key with a constant, so the engine often reads all of it through that index.
    private static bool IsWholeCollection(JsonElement node) =>
        node.GetProperty("Index Name").GetString() is "_id_"
        && (!node.TryGetProperty("Index Cond", out var condition) || !condition.GetString()!.Contains("object_id"));

    private static bool SortsById(BsonDocument query)
    {
        var stages = query.GetValue("pipeline", new BsonArray()).AsBsonArray.Select(stage => stage.AsBsonDocument.GetValue("$sort", null));
        return stages.Append(query.GetValue("sort", null)).OfType<BsonDocument>().Any(sort => sort.ElementCount > 0 && sort.GetElement(0).Name == "_id");
    }

    private static double Examined(JsonElement node) =>
        node.GetProperty("Node Type").GetString()!.EndsWith(" Scan", StringComparison.Ordinal) && node.TryGetProperty("Relation Name", out _)
            ? (Rows(node, "Actual Rows") + Rows(node, "Rows Removed by Filter")) * Math.Max(1, Rows(node, "Actual Loops"))
            : Children(node).Sum(Examined);

    private static double Rows(JsonElement node, string name) => node.TryGetProperty(name, out var rows) ? rows.GetDouble() : 0;

    private static JsonElement.ArrayEnumerator Children(JsonElement node) => node.TryGetProperty("Plans", out var plans) ? plans.EnumerateArray() : default;
}
