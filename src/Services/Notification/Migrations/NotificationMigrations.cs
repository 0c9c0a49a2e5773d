using ChatApp.Notification.Directory;
using ChatApp.Notification.Inbox;
using ChatApp.Notification.Preferences;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Notification.Migrations;

/// <summary>The history of notification_db, oldest first.</summary>
internal static class NotificationMigrations
{
    /// <summary>Older notifications are deleted, read or not.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);

    public static IReadOnlyList<MongoMigration> All { get; } =
    [
        new(1, "inbox", Inbox),
        new(2, "preferences", Preferences),
        // What is kept of other services' events is found by _id alone.
        new(
            3,
            "copies",
            new CollectionShape(UserDirectory.Collection, Schema: null),
            new CollectionShape(BlockStore.Collection, Schema: null),
            new CollectionShape(MembershipStore.Collection, Schema: null)),
        new(4, "copies are whole", DirectoryChecks, BlockChecks, MembershipChecks),
        new(5, "dead_letters", MongoDeadLetters.Shape),
    ];

    private static CollectionShape DirectoryChecks => new(
        UserDirectory.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "displayName", "version"],
          properties: { displayName: { bsonType: "string" }, version: { bsonType: "long", minimum: 1 } }
        }
        """);

    private static CollectionShape BlockChecks => new(
        BlockStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "blocked", "version"],
          properties: { _id: { bsonType: "object" }, blocked: { bsonType: "bool" }, version: { bsonType: "long", minimum: 1 } }
        }
        """);

    /// <summary>Of a mute or of a receipt, whichever came first.</summary>
    private static CollectionShape MembershipChecks => new(
        MembershipStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id"],
          properties: { _id: { bsonType: "object" }, readSeq: { bsonType: "long", minimum: 0 }, version: { bsonType: "long", minimum: 1 } }
        }
        """);

    /// <summary>No validator: DocumentDB's update of many loses what others change meanwhile where there is one, and here many are marked read at once.</summary>
    private static CollectionShape Inbox => new(
        InboxStore.Collection,
        Schema: null,
        // How many are unread, and which of them a receipt reads.
        new(
            Builders<BsonDocument>.IndexKeys.Ascending("userId").Ascending("conversationId").Ascending("seq"),
            new CreateIndexOptions<BsonDocument>
            {
                Name = "unread",
                PartialFilterExpression = Builders<BsonDocument>.Filter.Eq("unread", true),
            }),
        new(Builders<BsonDocument>.IndexKeys.Ascending("createdAt"), new CreateIndexOptions { Name = "expiry", ExpireAfter = Lifetime }),
        MongoOutbox.Index);

    private static CollectionShape Preferences => new(
        PreferenceStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "message", "friendRequest", "friendAccepted"],
          properties: { message: { bsonType: "bool" }, friendRequest: { bsonType: "bool" }, friendAccepted: { bsonType: "bool" } }
        }
        """);
}
