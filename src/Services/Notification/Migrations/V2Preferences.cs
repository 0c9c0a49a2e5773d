using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V2Preferences() : MongoMigration(
    2,
    "preferences",
    new CollectionShape(
        "notification_preferences",
        """
        {
          "bsonType": "object",
          "required": ["_id", "message", "friendRequest", "friendAccepted"],
          "properties": { "message": { "bsonType": "bool" }, "friendRequest": { "bsonType": "bool" }, "friendAccepted": { "bsonType": "bool" } }
        }
        """));
