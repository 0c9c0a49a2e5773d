using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V4Memberships() : MongoMigration(
    4,
    "memberships",
    new CollectionShape(
        "memberships",
        """
        {
          "bsonType": "object",
          "required": ["_id", "conversationId", "userId", "unread"],
          "properties": {
            "_id": { "bsonType": "object" },
            "unread": { "bsonType": "bool" },
            "updatedAt": { "bsonType": "date" },
            "changedAt": { "bsonType": "date" },
            "member": {
              "bsonType": "object",
              "required": ["role", "active", "rev"],
              "properties": { "active": { "bsonType": "bool" }, "rev": { "bsonType": "long", "minimum": 1 } }
            },
            "settings": {
              "bsonType": "object",
              "required": ["version"],
              "properties": { "mutedUntil": { "bsonType": "date" }, "version": { "bsonType": "long", "minimum": 1 } }
            },
            "read": {
              "bsonType": "object",
              "required": ["seq", "counted", "at"],
              "properties": { "seq": { "bsonType": "long", "minimum": 0 }, "counted": { "bsonType": "long", "minimum": 0 } }
            },
            "seen": {
              "bsonType": "object",
              "required": ["seq", "counted", "at"],
              "properties": { "seq": { "bsonType": "long", "minimum": 0 }, "counted": { "bsonType": "long", "minimum": 0 } }
            },
            "last": {
              "bsonType": "object",
              "required": ["seq", "rev", "counted", "actorId", "title", "sentAt"],
              "properties": { "seq": { "bsonType": "long", "minimum": 1 }, "title": { "bsonType": "string" }, "sentAt": { "bsonType": "date" } }
            }
          }
        }
        """,
        """{ "key": { "conversationId": 1 }, "name": "members" }""",
        """{ "key": { "userId": 1, "updatedAt": -1, "conversationId": -1 }, "name": "inbox", "partialFilterExpression": { "updatedAt": { "$exists": true } } }""",
        """{ "key": { "userId": 1, "updatedAt": -1 }, "name": "unread", "partialFilterExpression": { "unread": true } }""",
        """{ "key": { "changedAt": 1 }, "name": "changed_at", "partialFilterExpression": { "changedAt": { "$exists": true } } }"""));
