using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V5DeadLetters() : MongoMigration(
    5,
    "dead_letters",
    new CollectionShape(
        "dead_letters",
        """
        {
          "bsonType": "object",
          "required": ["_id", "attempts", "firstAt", "lastAt"],
          "properties": {
            "payload": { "bsonType": "binData" },
            "attempts": { "bsonType": "int", "minimum": 0 },
            "firstAt": { "bsonType": "date" },
            "lastAt": { "bsonType": "date" }
          }
        }
        """,
        """{ "key": { "firstAt": 1 }, "name": "dead", "partialFilterExpression": { "payload": { "$exists": true } } }"""));
