using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>createUser, updateUser, dropUser and usersInfo. What they can't do is refused by name, before anything is done.</summary>
internal sealed class UserCommands(UserTable users)
{
    private static readonly BsonDocument Ok = new("ok", 1.0);

    private static readonly HashSet<string> Known = ["pwd", "roles", "writeConcern", "comment", "lsid", "txnNumber", "apiVersion"];

    public async Task<BsonDocument> RunAsync(Request request, CancellationToken ct)
    {
        var command = request.Decode();
        if (request.Command == "usersInfo")
            return Info(request.Database, command["usersInfo"]);

        var name = command[0] is BsonString { Value: { Length: > 0 } given } && !given.Contains('\0')
            ? given
            : throw new MongoError(MongoError.BadValue, "The name of a user is a text that is not empty.");
        if (command.Names.Skip(1).FirstOrDefault(field => !Known.Contains(field) && field[0] != '$') is { } unknown)
            throw new MongoError(MongoError.UnknownField, $"This server does not support the field '{unknown}' of {request.Command}.");

        return request.Command switch
        {
            "createUser" => await CreateAsync(request, name, command, ct),
            "updateUser" => await UpdateAsync(request, name, command, ct),
            _ => await DropAsync(request, name, ct),
        };
    }

    private async Task<BsonDocument> CreateAsync(Request request, string name, BsonDocument command, CancellationToken ct)
    {
        var credential = CredentialOf(command) ?? throw new MongoError(MongoError.BadValue, "A user needs a password ('pwd').");
        var roles = RolesOf(request, command) ?? throw new MongoError(MongoError.BadValue, "A user needs a list of 'roles'.");
        return await users.AddAsync(new User(request.Database, name, credential, roles), ct)
            ? Ok
            : throw new MongoError(MongoError.UserExists, $"User \"{name}@{request.Database}\" already exists");
    }

    private async Task<BsonDocument> UpdateAsync(Request request, string name, BsonDocument command, CancellationToken ct)
    {
        var user = users.Find(request.Database, name) ?? throw NotFound(request, name);
        return await users.UpdateAsync(user, CredentialOf(command), RolesOf(request, command), ct) ? Ok : throw NotFound(request, name);
    }

    private async Task<BsonDocument> DropAsync(Request request, string name, CancellationToken ct) =>
        users.Find(request.Database, name) is { } user && await users.RemoveAsync(user, ct) ? Ok : throw NotFound(request, name);

    private BsonDocument Info(string database, BsonValue asked)
    {
        var found = asked switch
        {
            BsonString name => Named(database, name.Value),
            BsonDocument { ElementCount: 2 } one when one.Contains("user") && one.Contains("db") => Named(one["db"].ToString()!, one["user"].ToString()!),
            { IsNumeric: true } => users.Of(database),
            _ => throw new MongoError(MongoError.BadValue, "This server knows usersInfo of 1 (all of the database), of a name, and of { user, db }."),
        };
        return new BsonDocument { { "users", new BsonArray(found.Select(user => user.ToBson())) }, { "ok", 1.0 } };
    }

    private IEnumerable<User> Named(string database, string name) => users.Find(database, name) is { } user ? [user] : [];

    /// <summary>Clients prepare a password by the rules of SASLprep before they use it, which leave printable ASCII as it is. The server takes no other.</summary>
    private static ScramCredential? CredentialOf(BsonDocument command)
    {
        if (!command.TryGetValue("pwd", out var given))
            return null;

        return given is BsonString { Value: { Length: > 0 } password } && !password.AsSpan().ContainsAnyExceptInRange(' ', '~')
            ? ScramCredential.Of(password)
            : throw new MongoError(MongoError.BadValue, "This server takes passwords of printable ASCII characters alone, and none that is empty.");
    }

    /// <summary>Nobody gives what he may not give on the role's own database.</summary>
    private static Role[]? RolesOf(Request request, BsonDocument command)
    {
        if (!command.TryGetValue("roles", out var given))
            return null;

        var roles = (given as BsonArray ?? throw new MongoError(MongoError.TypeMismatch, "'roles' is a list.")).Select(role => role switch
        {
            BsonString { Value: var name } => (Name: name, request.Database),
            BsonDocument one => (Name: one.GetValue("role", "").ToString()!, Database: one.GetValue("db", request.Database).ToString()!),
            _ => throw new MongoError(MongoError.TypeMismatch, "A role is a name, or { role, db }."),
        }).ToList();
        if (roles.Exists(role => !request.User!.May(Right.ManageUsers, role.Database)))
            throw Permissions.Refusal(request);

        return [.. roles.Select(role => Role.Find(role.Name, role.Database) ?? throw new MongoError(MongoError.RoleNotFound, $"Could not find role: {role.Name}@{role.Database}"))];
    }

    private static MongoError NotFound(Request request, string name) => new(MongoError.UserNotFound, $"User '{name}@{request.Database}' not found");
}
