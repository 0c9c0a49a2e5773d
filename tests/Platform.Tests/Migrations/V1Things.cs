using ChatApp.Platform.Database;

namespace ChatApp.Platform.Tests.Migrations;

internal sealed class V1Things() : MongoMigration(
    1,
    "things",
    new CollectionShape("things", """{ bsonType: "object", required: ["_id"] }""", """{ "key": { "changedAt": 1 }, "name": "changed_at" }"""),
    new CollectionShape("checkpoints", """{ bsonType: "object", required: ["_id", "publishedBefore", "beat"] }"""));
