using ChatApp.Platform.Database;

namespace ChatApp.Notification.Migrations;

internal sealed class V3Copies() : MongoMigration(
    3,
    "copies",
    new CollectionShape("user_directory", Schema: null),
    new CollectionShape("blocks", Schema: null),
    new CollectionShape("memberships", Schema: null));
