using MongoDB.Bson;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Cli.Tests;

/// <summary>Each role and each user signs in with its own password, and fails at what it must not do.</summary>
[Collection(typeof(SetUpServers))]
public sealed class RoleTests(OwnServers servers)
{
    private const int Unauthorized = 13;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_reads_and_writes_its_own_rows()
    {
        await servers.UpAsync();

        await servers.ExecuteAsync("INSERT INTO auth.inbox_events (event_id) VALUES (gen_random_uuid())", "auth_db", "auth_service");
        await servers.ExecuteAsync("DELETE FROM auth.inbox_events", "auth_db", "auth_service");
        await servers.ExecuteAsync("INSERT INTO users.inbox_events (event_id) VALUES (gen_random_uuid())", "user_db", "user_service");
        Assert.Equal("auth_owner", await servers.ExecuteAsync("SELECT tableowner::text FROM pg_tables WHERE schemaname = 'auth' AND tablename = 'users'", "auth_db", "auth_service"));
    }

    [Theory]
    [InlineData("auth_service", "auth_db", "CREATE TABLE auth.mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE TABLE public.mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE TEMP TABLE mine (id int)")]
    [InlineData("auth_service", "auth_db", "CREATE SCHEMA mine")]
    [InlineData("auth_service", "auth_db", "CREATE DATABASE mine")]
    [InlineData("auth_service", "auth_db", "CREATE ROLE mine")]
    [InlineData("auth_service", "auth_db", "TRUNCATE auth.users")]
    [InlineData("auth_service", "auth_db", "DROP TABLE auth.users")]
    [InlineData("auth_service", "auth_db", "ALTER TABLE auth.users ADD COLUMN mine int")]
    [InlineData("auth_service", "auth_db", "SET ROLE auth_owner")]
    [InlineData("auth_service", "user_db", "SELECT 1")]
    [InlineData("user_service", "auth_db", "SELECT 1")]
    [InlineData("user_service", "user_db", "CREATE TABLE users.mine (id int)")]
    [InlineData("auth_owner", "user_db", "SELECT 1")]
    [InlineData("user_owner", "auth_db", "SELECT 1")]
    [InlineData("auth_owner", "auth_db", "CREATE DATABASE mine")]
    [InlineData("auth_owner", "auth_db", "CREATE ROLE mine")]
    public async Task What_a_role_must_not_do_is_refused(string role, string database, string sql)
    {
        await servers.UpAsync();

        var refused = await Assert.ThrowsAsync<PostgresException>(() => servers.ExecuteAsync(sql, database, role));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Theory]
    [InlineData("chat")]
    [InlineData("notification")]
    public async Task A_service_reads_and_writes_its_own_documents(string service)
    {
        await servers.UpAsync();
        using var client = new MongoClient(servers.MongoAddressOf(service));
        var directory = client.GetDatabase($"{service}_db").GetCollection<BsonDocument>("user_directory");
        var somebody = new BsonDocument
        {
            { "_id", new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard) }, { "username", "somebody" }, { "displayName", "Somebody" }, { "version", 1L },
        };

        await directory.InsertOneAsync(somebody, cancellationToken: Cancel);

        Assert.Equal(1, (await directory.DeleteOneAsync(new BsonDocument("_id", somebody["_id"]), Cancel)).DeletedCount);
        Assert.Equal([$"{service}_db"], await (await client.ListDatabaseNamesAsync(Cancel)).ToListAsync(Cancel));
    }

    [Theory]
    [InlineData("chat", "notification_db", "{find: 'notifications'}")]
    [InlineData("chat", "notification_db", "{insert: 'mine', documents: [{}]}")]
    [InlineData("chat", "notification_db", "{listCollections: 1}")]
    [InlineData("chat", "notification_db", "{dropDatabase: 1}")]
    [InlineData("chat", "notification_db", "{createUser: 'mine', pwd: 'mine', roles: ['readWrite']}")]
    [InlineData("chat", "chat_db", "{aggregate: 'messages', pipeline: [{$lookup: {from: {db: 'notification_db', coll: 'notifications'}, pipeline: [], as: 'mine'}}], cursor: {}}")]
    [InlineData("chat", "chat_db", "{aggregate: 'messages', pipeline: [{$out: {db: 'notification_db', coll: 'mine'}}], cursor: {}}")]
    [InlineData("chat", "chat_db", "{createUser: 'mine', pwd: 'mine', roles: ['readWrite']}")]
    [InlineData("chat", "chat_db", "{updateUser: 'chat_service', roles: ['dbOwner']}")]
    [InlineData("chat", "chat_db", "{usersInfo: 1}")]
    [InlineData("chat", "chat_db", "{usersInfo: {user: 'notification_service', db: 'notification_db'}}")]
    [InlineData("chat", "admin", "{usersInfo: 1}")]
    [InlineData("chat", "admin", "{createUser: 'mine', pwd: 'mine', roles: ['root']}")]
    [InlineData("chat", "admin", "{renameCollection: 'chat_db.messages', to: 'notification_db.mine'}")]
    [InlineData("chat", "admin", "{getParameter: 1, featureCompatibilityVersion: 1}")]
    [InlineData("notification", "chat_db", "{find: 'messages'}")]
    [InlineData("notification", "chat_db", "{delete: 'messages', deletes: [{q: {}, limit: 0}]}")]
    [InlineData("notification", "chat_db", "{drop: 'messages'}")]
    [InlineData("notification", "notification_db", "{create: 'mine', viewOn: 'notifications', pipeline: [{$unionWith: {db: 'chat_db', coll: 'messages'}}]}")]
    public async Task What_a_user_must_not_do_is_refused(string service, string database, string command)
    {
        await servers.UpAsync();
        using var client = new MongoClient(servers.MongoAddressOf(service));

        var refused = await Assert.ThrowsAsync<MongoCommandException>(
            () => client.GetDatabase(database).RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Cancel));

        Assert.Equal(Unauthorized, refused.Code);
    }

    [Fact]
    public async Task Nobody_reads_documents_without_a_password()
    {
        await servers.UpAsync();
        var address = new MongoUrlBuilder(servers.MongoAddressOf("chat")) { Username = null, Password = null, AuthenticationSource = null };
        using var client = new MongoClient(address.ToMongoUrl());

        var refused = await Assert.ThrowsAsync<MongoCommandException>(
            () => client.GetDatabase("chat_db").GetCollection<BsonDocument>("messages").Find("{}").ToListAsync(Cancel));

        Assert.Equal(Unauthorized, refused.Code);
    }
}
