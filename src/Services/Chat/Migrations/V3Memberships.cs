using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V3Memberships() : MongoMigration(
    3,
    "memberships",
    new CollectionShape(
        "memberships",
        """
        {
          "bsonType": "object",
          "required": ["_id", "conversationId", "userId", "kind", "role", "active", "joinedAt", "rev", "readSeq", "readCounted", "version"],
          "properties": {
            "kind": { "enum": ["Direct", "Group"] },
            "role": { "enum": ["Member", "Admin", "Owner"] },
            "active": { "bsonType": "bool" },
            "rev": { "bsonType": "long", "minimum": 1 },
            "readSeq": { "bsonType": "long", "minimum": 0 },
            "readCounted": { "bsonType": "long", "minimum": 0 },
            "version": { "bsonType": "long", "minimum": 1 }
          }
        }
        """,
        """{ "key": { "userId": 1, "active": 1 }, "name": "by_user" }""",
        """{ "key": { "changedAt": 1 }, "name": "changed_at", "partialFilterExpression": { "changedAt": { "$exists": true } } }"""));
