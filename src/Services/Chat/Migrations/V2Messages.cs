using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V2Messages() : MongoMigration(
    2,
    "messages",
    new CollectionShape(
        "messages",
        """
        {
          "bsonType": "object",
          "required": ["_id", "conversationId", "seq", "rev", "counted", "memberCount", "senderId", "clientMessageId", "text", "sentAt", "changedAt", "writer"],
          "properties": {
            "seq": { "bsonType": "long", "minimum": 1 },
            "rev": { "bsonType": "long", "minimum": 1 },
            "counted": { "bsonType": "long", "minimum": 0 },
            "text": { "bsonType": "string" },
            "sentAt": { "bsonType": "date" },
            "changedAt": { "bsonType": "date" }
          }
        }
        """,
        """{ "key": { "conversationId": 1, "rev": 1 }, "name": "changes", "unique": true }""",
        """{ "key": { "conversationId": 1, "senderId": 1, "clientMessageId": 1 }, "name": "client_keys", "unique": true }""",
        """{ "key": { "conversationId": 1, "rev": 1 }, "name": "member_changes", "partialFilterExpression": { "system": { "$exists": true } } }""",
        """{ "key": { "changedAt": 1 }, "name": "changed_at" }"""));
