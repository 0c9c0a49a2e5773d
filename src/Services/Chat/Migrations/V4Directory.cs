using ChatApp.Platform.Database;

namespace ChatApp.Chat.Migrations;

internal sealed class V4Directory() : MongoMigration(
    4,
    "directory",
    new CollectionShape("user_directory", Schema: null),
    new CollectionShape("blocks", Schema: null));
