using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V1Inbox() : MongoMigration(
    1,
    "inbox",
    new CollectionShape(
        "notifications",
        """
        {
          "bsonType": "object",
          "required": ["_id", "userId", "kind", "actorId", "title", "updatedAt", "unread"],
          "properties": {
            "_id": { "bsonType": "object" },
            "kind": { "enum": ["FriendRequest", "FriendAccepted"] },
            "title": { "bsonType": "string" },
            "updatedAt": { "bsonType": "date" },
            "unread": { "bsonType": "bool" }
          }
        }
        """,
        """{ "key": { "userId": 1, "updatedAt": -1 }, "name": "inbox" }""",
        """{ "key": { "userId": 1 }, "name": "unread", "partialFilterExpression": { "unread": true } }""",
        """{ "key": { "updatedAt": 1 }, "name": "expiry", "expireAfterSeconds": { "$numberLong": "7776000" } }""",
        """{ "key": { "changedAt": 1 }, "name": "changed_at" }"""));
