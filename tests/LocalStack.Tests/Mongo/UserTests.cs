using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>What can be said of a user, and what is refused by name.</summary>
public sealed class UserTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    [Theory]
    [InlineData("{createUser: 'u', pwd: 'x', roles: ['nonsense']}", "RoleNotFound")]
    [InlineData("{createUser: 'u', pwd: 'x', roles: ['root']}", "RoleNotFound")]
    [InlineData("{createUser: 'u', pwd: 'x', roles: [{role: 'clusterAdmin', db: 'admin'}]}", "RoleNotFound")]
    [InlineData("{createUser: 'u', pwd: 'x'}", "BadValue")]
    [InlineData("{createUser: 'u', roles: []}", "BadValue")]
    [InlineData("{createUser: 'u', pwd: '', roles: []}", "BadValue")]
    [InlineData("{createUser: 'u', pwd: 'pässword', roles: []}", "BadValue")]
    [InlineData("{createUser: '', pwd: 'x', roles: []}", "BadValue")]
    [InlineData("{createUser: 'u', pwd: 'x', roles: 'read'}", "TypeMismatch")]
    [InlineData("{createUser: 'u', pwd: 'x', roles: [], authenticationRestrictions: []}", "Location40415")]
    [InlineData("{createUser: 'u', pwd: 'x', roles: [], mechanisms: ['SCRAM-SHA-1']}", "Location40415")]
    [InlineData("{updateUser: 'nobody', pwd: 'x'}", "UserNotFound")]
    [InlineData("{dropUser: 'nobody'}", "UserNotFound")]
    [InlineData("{usersInfo: {forAllDBs: true}}", "BadValue")]
    public async Task What_is_not_supported_or_makes_no_sense_is_refused_by_name(string command, string code)
    {
        var refused = await Assert.ThrowsAsync<MongoCommandException>(() => mongo.RunAsync(command));

        Assert.Equal(code, refused.CodeName);
        Assert.Empty((await mongo.RunAsync("{usersInfo: 'u'}"))["users"].AsBsonArray);
    }

    [Fact]
    public async Task Users_are_listed_by_name_and_without_what_is_kept_of_their_passwords()
    {
        var made = new[] { await mongo.UserAsync("['read']"), await mongo.UserAsync("['dbAdmin', 'readWrite']") };

        var listed = (await mongo.RunAsync("{usersInfo: 1}"))["users"].AsBsonArray.Select(user => user.AsBsonDocument).ToList();

        Assert.Equal(listed.Select(user => user["user"].AsString).Order(StringComparer.Ordinal), listed.Select(user => user["user"].AsString));
        Assert.Subset(listed.Select(user => user["user"].AsString).ToHashSet(), made.Select(address => address.Username).ToHashSet());
        Assert.All(listed, user => Assert.Equal(["_id", "user", "db", "roles", "mechanisms"], user.Names));
        Assert.Contains(listed, user => string.Join(' ', user["roles"].AsBsonArray.Select(role => role["role"])) == "dbAdmin readWrite");
    }

    [Fact]
    public async Task A_name_is_given_once()
    {
        var address = await mongo.UserAsync("['read']");

        Assert.Equal(51003, await mongo.CodeOfAsync($"{{createUser: '{address.Username}', pwd: 'another', roles: []}}"));
    }

    [Theory]
    [InlineData("{dropUser: 'root'}")]
    [InlineData("{updateUser: 'root', pwd: 'another'}")]
    public async Task The_root_user_stays_as_the_server_was_started_with(string command)
    {
        var admin = mongo.Database.Client.GetDatabase("admin");

        var refused = await Assert.ThrowsAsync<MongoCommandException>(
            () => admin.RunCommandAsync<BsonDocument>(BsonDocument.Parse(command), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Contains("root@admin is set by whoever starts the server", refused.ErrorMessage, StringComparison.Ordinal);
    }
}
