using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V1Inbox() : MongoMigration(
    1,
    "inbox",
    new CollectionShape(
        "notifications",
        Schema: null,
        """{ "key": { "userId": 1, "conversationId": 1, "seq": 1 }, "name": "unread", "partialFilterExpression": { "unread": true } }""",
        """{ "key": { "createdAt": 1 }, "name": "expiry", "expireAfterSeconds": { "$numberLong": "7776000" } }""",
        """{ "key": { "outbox.at": 1 }, "name": "outbox", "partialFilterExpression": { "outbox.at": { "$exists": true } } }"""));
