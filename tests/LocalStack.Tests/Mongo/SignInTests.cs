using System.Text;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class SignInTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private const int AuthenticationFailed = 18, Unauthorized = 13;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private string Database => mongo.Database.DatabaseNamespace.DatabaseName;

    [Fact]
    public async Task A_user_signs_in_with_the_password()
    {
        var address = await mongo.UserAsync("['readWrite']");

        var status = await RunAsync(address, "{connectionStatus: 1}");

        var info = status["authInfo"].AsBsonDocument;
        Assert.Equal($$"""[{ "user" : "{{address.Username}}", "db" : "{{Database}}" }]""", info["authenticatedUsers"].ToJson());
        Assert.Equal($$"""[{ "role" : "readWrite", "db" : "{{Database}}" }]""", info["authenticatedUserRoles"].ToJson());
    }

    [Fact]
    public async Task A_wrong_password_and_an_unknown_user_are_told_the_same()
    {
        var address = await mongo.UserAsync("['read']");

        var wrong = await RefusedAsync(mongo.AddressOf(address.Username, "another"));
        var unknown = await RefusedAsync(mongo.AddressOf("nobody", "of the test"));

        Assert.Equal((AuthenticationFailed, "Authentication failed."), (wrong.Code, wrong.ErrorMessage));
        Assert.Equal((wrong.Code, wrong.ErrorMessage), (unknown.Code, unknown.ErrorMessage));
    }

    [Fact]
    public async Task A_user_of_one_database_is_unknown_in_another()
    {
        var address = await mongo.UserAsync("['read']");

        var refused = await RefusedAsync(new MongoUrlBuilder(address.Url) { AuthenticationSource = "admin" }.ToMongoUrl());

        Assert.Equal(AuthenticationFailed, refused.Code);
    }

    [Fact]
    public async Task A_changed_password_counts_at_the_next_sign_in()
    {
        var address = await mongo.UserAsync("['read']");
        using var signedIn = await RawClient.ConnectAsync(address.Url);

        await mongo.RunAsync($"{{updateUser: '{address.Username}', pwd: 'another'}}");

        Assert.Equal(AuthenticationFailed, (await RefusedAsync(address)).Code);
        Assert.Equal(1.0, (await RunAsync(mongo.AddressOf(address.Username, "another"), "{count: 'any'}"))["ok"]);
        Assert.Equal(1.0, (await signedIn.AskAsync(new() { { "count", "any" }, { "$db", Database } }))["ok"]);
    }

    [Fact]
    public async Task Other_roles_count_at_once()
    {
        var address = await mongo.UserAsync("['read']");
        using var signedIn = await RawClient.ConnectAsync(address.Url);
        var create = new BsonDocument { { "create", "made_later" }, { "$db", Database } };
        Assert.Equal(Unauthorized, (await signedIn.AskAsync(create))["code"]);

        await mongo.RunAsync($"{{updateUser: '{address.Username}', roles: ['readWrite']}}");

        Assert.Equal(1.0, (await signedIn.AskAsync(create))["ok"]);
    }

    [Fact]
    public async Task A_dropped_user_can_do_nothing_more()
    {
        var address = await mongo.UserAsync("['read']");
        using var signedIn = await RawClient.ConnectAsync(address.Url);

        await mongo.RunAsync($"{{dropUser: '{address.Username}'}}");

        Assert.Equal(AuthenticationFailed, (await RefusedAsync(address)).Code);
        Assert.Equal(Unauthorized, (await signedIn.AskAsync(new() { { "count", "any" }, { "$db", Database } }))["code"]);
    }

    [Fact]
    public async Task Whoever_logs_out_can_do_nothing_more()
    {
        using var raw = await RawClient.ConnectAsync();

        Assert.Equal(1.0, (await raw.AskAsync(new() { { "logout", 1 }, { "$db", "admin" } }))["ok"]);

        Assert.Equal("Command count requires authentication", (await raw.AskAsync(new() { { "count", "any" }, { "$db", Database } }))["errmsg"]);
    }

    [Theory]
    [InlineData("find")]
    [InlineData("insert")]
    [InlineData("getMore")]
    [InlineData("aggregate")]
    [InlineData("listDatabases")]
    [InlineData("endSessions")]
    [InlineData("commitTransaction")]
    [InlineData("createUser")]
    [InlineData("usersInfo")]
    [InlineData("getParameter")]
    [InlineData("nonsense")]
    public async Task Nothing_is_done_for_a_stranger(string command)
    {
        using var raw = await RawClient.StrangerAsync();

        var answer = await raw.AskAsync(new() { { command, 1 }, { "$db", Database } });

        Assert.Equal((Unauthorized, $"Command {command} requires authentication"), (answer["code"].ToInt32(), answer["errmsg"].AsString));
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("isMaster")]
    [InlineData("ping")]
    [InlineData("buildInfo")]
    [InlineData("logout")]
    [InlineData("connectionStatus")]
    public async Task A_stranger_may_greet(string command)
    {
        using var raw = await RawClient.StrangerAsync();

        var answer = await raw.AskAsync(new() { { command, 1 }, { "$db", Database } });

        Assert.Equal(1.0, answer["ok"]);
        Assert.False(answer.Contains("authInfo") && answer["authInfo"]["authenticatedUsers"].AsBsonArray.Count > 0);
    }

    [Fact]
    public async Task A_greeting_tells_not_who_is_a_user_here()
    {
        var address = await mongo.UserAsync("['read']");
        using var raw = await RawClient.StrangerAsync();

        var (known, unknown) = (await GreetAsync(raw, address.Username), await GreetAsync(raw, "nobody"));

        Assert.Equal(["SCRAM-SHA-256"], known["saslSupportedMechs"].AsBsonArray.Select(mechanism => mechanism.AsString));
        Assert.Equal(known.Names, unknown.Names);
        Assert.Equal(Salt(unknown), Salt(await GreetAsync(raw, "nobody")));
        Assert.Equal(Salt(known).Length, Salt(unknown).Length);
    }

    [Fact]
    public async Task A_client_that_wants_an_exchange_more_gets_it_and_is_signed_in_after_it()
    {
        var root = new MongoUrl(TestStores.Mongo);
        using var raw = await RawClient.StrangerAsync();

        var proved = await raw.SignInAsync(root.AuthenticationSource, root.Username, root.Password, skipEmpty: false);
        Assert.False(proved["done"].AsBoolean);

        Assert.True((await raw.AskAsync(RawClient.Continue(proved, "", "admin")))["done"].AsBoolean);
        Assert.Equal(1.0, (await raw.AskAsync(new() { { "count", "any" }, { "$db", Database } }))["ok"]);
    }

    [Fact]
    public async Task A_proof_is_good_for_one_try()
    {
        using var raw = await RawClient.StrangerAsync();
        var begun = (await GreetAsync(raw, "nobody"))["speculativeAuthenticate"].AsBsonDocument;

        Assert.Equal(AuthenticationFailed, (await raw.AskAsync(RawClient.Continue(begun, "c=biws,r=x,p=AAAA", Database)))["code"]);

        Assert.Equal("ProtocolError", (await raw.AskAsync(RawClient.Continue(begun, "", Database)))["codeName"]);
    }

    [Fact]
    public async Task Another_mechanism_is_refused_by_name()
    {
        using var raw = await RawClient.StrangerAsync();

        var answer = await raw.AskAsync(new() { { "saslStart", 1 }, { "mechanism", "PLAIN" }, { "payload", new byte[] { 0 } }, { "$db", "$external" } });

        Assert.Equal("MechanismUnavailable", answer["codeName"]);
    }

    private static async Task<BsonDocument> RunAsync(MongoUrl address, string command)
    {
        using var client = new MongoClient(address);
        return await client.GetDatabase(address.DatabaseName).RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: Cancel);
    }

    private static async Task<MongoCommandException> RefusedAsync(MongoUrl address) =>
        (MongoCommandException)(await Assert.ThrowsAsync<MongoAuthenticationException>(() => RunAsync(address, "{count: 'any'}"))).InnerException!;

    private async Task<BsonDocument> GreetAsync(RawClient raw, string user) => await raw.AskAsync(new()
    {
        { "hello", 1 },
        { "saslSupportedMechs", $"{Database}.{user}" },
        {
            "speculativeAuthenticate",
            new BsonDocument { { "saslStart", 1 }, { "mechanism", "SCRAM-SHA-256" }, { "payload", Encoding.UTF8.GetBytes($"n,,n={user},r=abc") }, { "db", Database } }
        },
        { "$db", "admin" },
    });

    private static string Salt(BsonDocument greeting) =>
        Encoding.UTF8.GetString(greeting["speculativeAuthenticate"]["payload"].AsByteArray).Split(',')[1];
}
