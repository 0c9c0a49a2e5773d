using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>What the gateway says of itself.</summary>
internal static class ServerFacts
{
    /// <summary>A replica set of one: that is what sessions, transactions and retryable writes ask for.</summary>
    public static BsonDocument Hello(string address) => new()
    {
        { "helloOk", true },
        { "isWritablePrimary", true },
        { "ismaster", true },
        { "secondary", false },
        { "setName", "local" },
        { "setVersion", 1 },
        { "hosts", new BsonArray { address } },
        { "primary", address },
        { "me", address },
        { "electionId", new ObjectId("7fffffff0000000000000001") },
        { "maxBsonObjectSize", 16 << 20 },
        { "maxMessageSizeBytes", 48_000_000 },
        { "maxWriteBatchSize", 25_000 },
        { "localTime", DateTime.UtcNow },
        { "logicalSessionTimeoutMinutes", 30 },
        { "connectionId", Environment.CurrentManagedThreadId },
        { "minWireVersion", 0 },
        { "maxWireVersion", 21 },
        { "readOnly", false },
        { "ok", 1.0 },
    };

    public static BsonDocument BuildInfo() => new()
    {
        { "version", "7.0.0" },
        { "versionArray", new BsonArray { 7, 0, 0, 0 } },
        { "gitVersion", "DocumentDB on PostgreSQL" },
        { "modules", new BsonArray() },
        { "bits", 64 },
        { "debug", false },
        { "maxBsonObjectSize", 16 << 20 },
        { "ok", 1.0 },
    };

    public static BsonDocument Version() => new() { { "featureCompatibilityVersion", new BsonDocument("version", "7.0") }, { "ok", 1.0 } };
}
