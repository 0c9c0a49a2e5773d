using MongoDB.Bson;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>The answer of a write that had errors: the only one that the gateway decodes, since the engine's numbers are not MongoDB's.</summary>
internal sealed class FailedWrite
{
    private readonly Request _request;
    private readonly BsonDocument _answer;
    private readonly List<BsonDocument> _errors;

    public FailedWrite(Request request, Reply reply)
    {
        (_request, _answer) = (request, Bson.Decode(reply.Document));
        _errors = _answer.TryGetValue("writeErrors", out var errors) ? [.. errors.AsBsonArray.Select(error => error.AsBsonDocument)] : [];

        foreach (var error in _errors)
        {
            error["code"] = MongoError.CodeOf(error["code"].ToInt32(), request.InTransaction);
            if (error["code"] == MongoError.DuplicateKey)
                error["errmsg"] = "E11000 duplicate key error: " + error["errmsg"];
        }
    }

    /// <summary>Two upserts of one key met and this one lost: it finds the other's document when it runs again.</summary>
    public bool IsLostUpsert =>
        !_request.InTransaction && _request.Command == "update" && _errors is [var only] && only["code"] == MongoError.DuplicateKey && IsOneUpsert();

    /// <summary>The same for findAndModify, which knows no write errors and fails as a whole.</summary>
    public static bool IsLostUpsertOf(Request request, PostgresException error) =>
        !request.InTransaction && request.Command is ("findAndModify" or "findandmodify")
        && MongoError.CodeOf(error.SqlState, false) == MongoError.DuplicateKey && IsUpsert(request.Decode());

    public BsonDocument ToReply() =>
        _request.InTransaction && _errors.Find(error => error["code"] == MongoError.WriteConflict) is { } conflict
            ? throw new MongoError(MongoError.WriteConflict, conflict["errmsg"].AsString)
            : _answer;

    private bool IsOneUpsert() =>
        _request.Documents is { } documents
            ? Bson.Decode(documents.Span) is var first && first.ToBson().Length == documents.Length && IsUpsert(first)
            : _request.Decode().GetValue("updates", null) is BsonArray { Count: 1 } updates && IsUpsert(updates[0].AsBsonDocument);

    private static bool IsUpsert(BsonDocument update) => update.GetValue("upsert", false).ToBoolean();
}
