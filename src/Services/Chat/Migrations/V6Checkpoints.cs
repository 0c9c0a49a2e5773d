using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V6Checkpoints() : MongoMigration(
    6,
    "checkpoints",
    new CollectionShape(
        "checkpoints",
        """
        {
          "bsonType": "object",
          "required": ["_id", "publishedBefore", "beat"],
          "properties": { "publishedBefore": { "bsonType": "date" }, "beat": { "bsonType": "long" } }
        }
        """));
