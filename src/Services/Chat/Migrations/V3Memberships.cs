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
          "required": ["_id", "conversationId", "userId", "readSeq", "version"],
          "properties": { "readSeq": { "bsonType": "long", "minimum": 0 }, "version": { "bsonType": "long", "minimum": 1 } }
        }
        """,
        """{ "key": { "outbox.at": 1 }, "name": "outbox", "partialFilterExpression": { "outbox.at": { "$exists": true } } }"""));
