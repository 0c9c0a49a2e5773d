using MongoDB.Bson;
using MongoDB.Bson.Serialization;

namespace ChatApp.LocalStack.Mongo;

internal static class Bson
{
    public static BsonDocument Decode(ReadOnlySpan<byte> document) => BsonSerializer.Deserialize<BsonDocument>(document.ToArray());
}
