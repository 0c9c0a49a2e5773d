using ChatApp.Platform.Database;

namespace ChatApp.Platform.Tests.Migrations;

internal sealed class V1Things() : MongoMigration(
    1,
    "things",
    new CollectionShape(
        "things",
        """{ bsonType: "object", required: ["_id"] }""",
        """{ "key": { "outbox.at": 1 }, "name": "outbox", "partialFilterExpression": { "outbox.at": { "$exists": true } } }"""));
