using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V4Directory() : MongoMigration(
    4,
    "directory",
    new CollectionShape(
        "user_directory",
        """
        {
          "bsonType": "object",
          "required": ["_id", "username", "displayName", "version"],
          "properties": { "username": { "bsonType": "string" }, "displayName": { "bsonType": "string" }, "version": { "bsonType": "long", "minimum": 0 } }
        }
        """),
    new CollectionShape(
        "blocks",
        """
        {
          "bsonType": "object",
          "required": ["_id", "blockerId", "blockedId", "blocked", "version"],
          "properties": { "_id": { "bsonType": "string" }, "blocked": { "bsonType": "bool" }, "version": { "bsonType": "long", "minimum": 1 } }
        }
        """));
