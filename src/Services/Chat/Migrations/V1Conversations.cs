using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V1Conversations() : MongoMigration(
    1,
    "conversations",
    new CollectionShape(
        "conversations",
        """
        {
          "bsonType": "object",
          "required": ["_id", "kind", "createdBy", "createdAt", "lastActivityAt", "rev", "counted", "memberCount", "membersRev"],
          "properties": {
            "kind": { "enum": ["Direct", "Group"] },
            "title": { "bsonType": "string", "minLength": 1, "maxLength": 100 },
            "createdAt": { "bsonType": "date" },
            "lastActivityAt": { "bsonType": "date" },
            "rev": { "bsonType": "long", "minimum": 0 },
            "counted": { "bsonType": "long", "minimum": 0 }
          }
        }
        """,
        """{ "key": { "directKey": 1 }, "name": "one_per_pair", "unique": true, "partialFilterExpression": { "directKey": { "$exists": true } } }"""));
