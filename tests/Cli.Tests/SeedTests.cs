using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.LocalStack.Launch;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Cli.Tests;

public sealed class SeedTests(OwnServers servers) : IClassFixture<OwnServers>
{
    private const int Users = 40;
    private const int Messages = 900;

    private static readonly string[] Numbers = ["--users", $"{Users}", "--messages", $"{Messages}", "--until", "2026-11-01"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private IMongoDatabase Chat => servers.Mongo.GetDatabase("chat_db");

    private IMongoDatabase Notification => servers.Mongo.GetDatabase("notification_db");

    [Fact]
    public async Task The_databases_agree_and_a_repeated_seed_changes_nothing()
    {
        await servers.UpAsync();
        var seeded = await servers.DbAsync(["seed", "--json", .. Numbers]);
        Assert.True(seeded.Code == 0, seeded.Errors);

        await HasAgreedAsync();
        Assert.Equal(HttpStatusCode.OK, await SignInAsync($"demo{Users}@demo.example", "just for demonstration"));

        var again = await servers.DbAsync(["seed", .. Numbers]);
        Assert.True(again.Code == 0, again.Errors);
        await HasAgreedAsync();

        var other = await servers.DbAsync("seed", "--json", "--users", "5", "--messages", "5");
        Assert.Equal(1, other.Code);
        Assert.All(other.Json.GetProperty("services").EnumerateArray(), service => Assert.True(Troubleshooting.Explains(service.GetProperty("problem").GetString()!)));
        await HasAgreedAsync();
    }

    [Fact]
    public async Task A_seed_goes_into_a_database_that_is_up_to_date_only()
    {
        await servers.ExecuteAsync("CREATE DATABASE unbuilt");

        var run = await servers.DbAsync("seed", "auth", "--json", "--connection", servers.ConnectionString("unbuilt"));

        Assert.Equal(1, run.Code);
        var problem = run.Service("auth").GetProperty("problem").GetString()!;
        Assert.Contains("1 migrations are not applied", problem, StringComparison.Ordinal);
        Assert.True(Troubleshooting.Explains(problem), problem);
    }

    [Theory]
    [InlineData("--users", "1")]
    [InlineData("--messages", "-1")]
    [InlineData("--until", "tomorrow")]
    public async Task What_can_not_be_is_said(string option, string value)
    {
        var run = await servers.DbAsync("seed", option, value);

        Assert.Equal(1, run.Code);
        Assert.Contains(option, run.Errors, StringComparison.Ordinal);
    }

    private async Task HasAgreedAsync()
    {
        var accounts = await ListAsync("SELECT json_agg(id || ' ' || username ORDER BY id)::text FROM auth.users", "auth_db");
        var profiles = await ListAsync("SELECT json_agg(user_id || ' ' || username ORDER BY user_id)::text FROM users.profiles", "user_db");
        var known = await AllAsync(Chat, "user_directory");
        Assert.Equal(Users, accounts.Count);
        Assert.Equal(accounts, profiles);
        Assert.Equal(accounts, known.Select(user => $"{user["_id"].AsGuid} {user["username"]}").Order(StringComparer.Ordinal));
        Assert.Equal(known.Select(user => user["_id"]).Order(), (await AllAsync(Notification, "user_directory")).Select(user => user["_id"]).Order());

        var conversations = await AllAsync(Chat, "conversations");
        var friends = await ListAsync("SELECT json_agg(user_low || ':' || user_high ORDER BY 1)::text FROM users.relationships WHERE status = 'accepted'", "user_db");
        Assert.Equal(friends.Order(), conversations.Where(conversation => conversation.Contains("directKey")).Select(conversation => conversation["directKey"].AsString).Order());

        var logs = (await AllAsync(Chat, "messages")).ToLookup(message => message["conversationId"].AsGuid);
        Assert.Equal(Messages, logs.Sum(log => log.Count() - 1));
        foreach (var conversation in conversations)
        {
            var log = logs[conversation["_id"].AsGuid].OrderBy(message => message["seq"]).ToList();
            var places = Enumerable.Range(1, log.Count).Select(place => (long)place).ToList();
            Assert.Equal(places, log.Select(message => message["seq"].AsInt64));
            Assert.Equal(places, log.Select(message => message["rev"].AsInt64));
            // The first says that the conversation began, and who is in it.
            Assert.Equal(places.Select(place => place - 1), log.Select(message => message["counted"].AsInt64));
            Assert.Equal(places.Select(place => place == 1), log.Select(message => message.Contains("system")));
            Assert.Equal(log.Count, conversation["rev"].AsInt64);
            Assert.Equal(log.Count > 1 ? log.Count : 0, conversation.GetValue("lastMessage", new BsonDocument("seq", 0L))["seq"].ToInt64());
            Assert.Equal(log[0]["system"]["members"].AsBsonArray.Count, conversation["memberCount"].AsInt32);
        }

        await MarksAndNotificationsAgreeAsync(conversations, logs);
    }

    /// <summary>Who has not read a message, and does not block its sender, has an entry that shows the last one.</summary>
    private async Task MarksAndNotificationsAgreeAsync(IReadOnlyList<BsonDocument> conversations, ILookup<Guid, BsonDocument> logs)
    {
        var memberships = await AllAsync(Chat, "memberships");
        Assert.Equal(conversations.Sum(conversation => conversation["memberCount"].AsInt32), memberships.Count);
        var copies = await AllAsync(Notification, "memberships");
        Assert.Equal(memberships.Select(Pair).Order(), copies.Select(Pair).Order());

        var blocks = (await AllAsync(Chat, "blocks")).Select(block => (block["blockerId"].AsGuid, block["blockedId"].AsGuid)).ToHashSet();
        var expected = memberships.SelectMany(
            membership => logs[membership["conversationId"].AsGuid].Where(message =>
                message["seq"].AsInt64 > membership["readSeq"].AsInt64
                && message["senderId"] != membership["userId"]
                && !blocks.Contains((membership["userId"].AsGuid, message["senderId"].AsGuid))),
            (membership, message) => (Pair: Pair(membership), Seq: message["seq"].AsInt64))
            .GroupBy(unread => unread.Pair, (pair, unread) => (pair, unread.Max(one => one.Seq)));
        var told = copies.Where(copy => copy["unread"].AsBoolean).Select(copy => (Pair(copy), copy["last"]["seq"].AsInt64));

        Assert.Equal(expected.Order(), told.Order());

        static (Guid UserId, Guid ConversationId) Pair(BsonDocument membership) => (membership["userId"].AsGuid, membership["conversationId"].AsGuid);
    }

    /// <summary>The auth service itself lets a seeded user in.</summary>
    private async Task<HttpStatusCode> SignInAsync(string email, string password)
    {
        var port = Ports.Free();
        using var auth = OwnServers.Start(
            ["dotnet", OwnServers.ProgramOf("Auth")],
            [
                new("ConnectionStrings__auth", servers.ConnectionString("auth_db", "auth_service")), new("APP_API_TOKEN", ServiceApi.AppToken),
                new("APP_PORT", $"{port}"), new("Keys__Passphrase", "passphrase-of-the-tests"),
            ]);
        try
        {
            while (await auth.StandardOutput.ReadLineAsync(Cancel) is { } line && !line.Contains("Application started", StringComparison.Ordinal))
            {
            }

            using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestHeaders = { { "dapr-api-token", ServiceApi.AppToken } } };
            using var response = await client.PostAsJsonAsync("/auth/login", new { email, password }, Cancel);
            return response.StatusCode;
        }
        finally
        {
            auth.Kill();
        }
    }

    private async Task<IReadOnlyList<string>> ListAsync(string sql, string database) =>
        JsonSerializer.Deserialize<List<string>>((string)(await servers.ExecuteAsync(sql, database))!)!;

    private static async Task<IReadOnlyList<BsonDocument>> AllAsync(IMongoDatabase db, string collection) =>
        await db.GetCollection<BsonDocument>(collection).Find(FilterDefinition<BsonDocument>.Empty).ToListAsync(Cancel);
}
