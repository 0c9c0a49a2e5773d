using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V3Directory() : MongoMigration(
    3,
    "directory",
    new CollectionShape(
        "user_directory",
        """
        {
          "bsonType": "object",
          "required": ["_id", "displayName", "version"],
          "properties": { "displayName": { "bsonType": "string" }, "version": { "bsonType": "long", "minimum": 1 } }
        }
        """),
    new CollectionShape(
        "blocks",
        """
        {
          "bsonType": "object",
          "required": ["_id", "blocked", "version"],
          "properties": { "_id": { "bsonType": "object" }, "blocked": { "bsonType": "bool" }, "version": { "bsonType": "long", "minimum": 1 } }
        }
        """,
        """{ "key": { "_id.blockedId": 1 }, "name": "by_blocked", "partialFilterExpression": { "blocked": true } }"""),
    new CollectionShape(
        "conversations",
        """
        {
          "bsonType": "object",
          "required": ["_id"],
          "properties": {
            "about": {
              "bsonType": "object",
              "required": ["kind", "rev"],
              "properties": { "kind": { "enum": ["Direct", "Group"] }, "title": { "bsonType": "string" }, "rev": { "bsonType": "long", "minimum": 1 } }
            },
            "last": {
              "bsonType": "object",
              "required": ["seq", "rev", "counted", "senderId", "excerpt", "sentAt"],
              "properties": { "seq": { "bsonType": "long", "minimum": 1 }, "excerpt": { "bsonType": "string" }, "sentAt": { "bsonType": "date" } }
            }
          }
        }
        """));
