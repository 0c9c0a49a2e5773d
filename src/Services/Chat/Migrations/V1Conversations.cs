using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V1Conversations() : MongoMigration(
    1,
    "conversations",
    new CollectionShape(
        "conversations",
        """
        {
          "bsonType": "object",
          "required": ["_id", "kind", "createdBy", "createdAt", "members", "lastActivityAt"],
          "properties": {
            "kind": { "enum": ["Direct", "Group"] },
            "title": { "bsonType": "string", "minLength": 1, "maxLength": 100 },
            "createdAt": { "bsonType": "date" },
            "lastActivityAt": { "bsonType": "date" },
            "members": {
              "bsonType": "array",
              "maxItems": 500,
              "items": { "bsonType": "object", "required": ["userId", "role", "joinedAt"], "properties": { "role": { "enum": ["Member", "Admin", "Owner"] } } }
            }
          }
        }
        """,
        """{ "key": { "directKey": 1 }, "name": "one_per_pair", "unique": true, "partialFilterExpression": { "directKey": { "$exists": true } } }""",
        """{ "key": { "members.userId": 1 }, "name": "by_member" }""",
        """{ "key": { "outbox.at": 1 }, "name": "outbox", "partialFilterExpression": { "outbox.at": { "$exists": true } } }"""));
