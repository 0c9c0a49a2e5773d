using ChatApp.Chat.Conversations;
using ChatApp.Chat.Directory;
using ChatApp.Chat.Memberships;
using ChatApp.Chat.Messages;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Chat.Migrations;

/// <summary>The history of chat_db, oldest first.</summary>
internal static class ChatMigrations
{
    public static IReadOnlyList<MongoMigration> All { get; } =
    [
        new(1, "conversations", Conversations),
        new(2, "messages", Messages),
        new(3, "memberships", Memberships),
        new(4, "directory", new CollectionShape(UserDirectory.Collection, Schema: null), new CollectionShape(BlockStore.Collection, Schema: null)),
        new(5, "copies are whole", DirectoryChecks, BlockChecks),
        new(6, "dead_letters", MongoDeadLetters.Shape),
    ];

    /// <summary>Found by _id alone: the user.</summary>
    private static CollectionShape DirectoryChecks => new(
        UserDirectory.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "username", "displayName", "version"],
          properties: { username: { bsonType: "string" }, displayName: { bsonType: "string" }, version: { bsonType: "long", minimum: 0 } }
        }
        """);

    /// <summary>Found by _id alone: both users, the one who blocks first.</summary>
    private static CollectionShape BlockChecks => new(
        BlockStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "blockerId", "blockedId", "blocked", "version"],
          properties: { _id: { bsonType: "string" }, blocked: { bsonType: "bool" }, version: { bsonType: "long", minimum: 1 } }
        }
        """);

    private static CollectionShape Conversations => new(
        ConversationStore.Collection,
        $$"""
        {
          bsonType: "object",
          required: ["_id", "kind", "createdBy", "createdAt", "members", "lastActivityAt"],
          properties: {
            kind: { enum: ["Direct", "Group"] },
            title: { bsonType: "string", minLength: 1, maxLength: {{StartConversation.MaxTitle}} },
            createdAt: { bsonType: "date" },
            lastActivityAt: { bsonType: "date" },
            members: {
              bsonType: "array",
              maxItems: {{Conversation.MaxMembers}},
              items: { bsonType: "object", required: ["userId", "role", "joinedAt"], properties: { role: { enum: ["Member", "Admin", "Owner"] } } }
            }
          }
        }
        """,
        // One direct conversation for a pair, whatever races.
        new(
            new BsonDocument("directKey", 1),
            new CreateIndexOptions<BsonDocument>
            {
                Name = "one_per_pair",
                Unique = true,
                PartialFilterExpression = Builders<BsonDocument>.Filter.Exists("directKey"),
            }),
        // "My conversations" starts from the user.
        new(new BsonDocument("members.userId", 1), new CreateIndexOptions<BsonDocument> { Name = "by_member" }),
        MongoOutbox.Index);

    private static CollectionShape Messages => new(
        MessageStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "conversationId", "seq", "rev", "senderId", "clientMessageId", "text", "sentAt"],
          properties: {
            seq: { bsonType: "long", minimum: 1 },
            rev: { bsonType: "long", minimum: 1 },
            text: { bsonType: "string" },
            sentAt: { bsonType: "date" }
          }
        }
        """,
        // A change number is given once; "what changed since" reads it in order.
        new(new BsonDocument { ["conversationId"] = 1, ["rev"] = 1 }, new CreateIndexOptions<BsonDocument> { Name = "changes", Unique = true }),
        // A client key gives one message.
        new(
            new BsonDocument { ["conversationId"] = 1, ["senderId"] = 1, ["clientMessageId"] = 1 },
            new CreateIndexOptions<BsonDocument> { Name = "client_keys", Unique = true }),
        MongoOutbox.Index);

    private static CollectionShape Memberships => new(
        MembershipStore.Collection,
        """
        {
          bsonType: "object",
          required: ["_id", "conversationId", "userId", "readSeq", "version"],
          properties: { readSeq: { bsonType: "long", minimum: 0 }, version: { bsonType: "long", minimum: 1 } }
        }
        """,
        MongoOutbox.Index);
}
