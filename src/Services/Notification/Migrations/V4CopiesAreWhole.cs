using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V4CopiesAreWhole() : MongoMigration(
    4,
    "copies are whole",
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
        """),
    new CollectionShape(
        "memberships",
        """
        {
          "bsonType": "object",
          "required": ["_id"],
          "properties": { "_id": { "bsonType": "object" }, "readSeq": { "bsonType": "long", "minimum": 0 }, "version": { "bsonType": "long", "minimum": 1 } }
        }
        """));
