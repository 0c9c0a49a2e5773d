using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>
/// Connections hold on to the user that they signed in as: other roles count at once, and a user that was dropped has none. A new password counts at
/// the next sign-in.
/// </summary>
internal sealed class User(string database, string name, ScramCredential credential, Role[] roles)
{
    public string Database => database;

    public string Name => name;

    public ScramCredential Credential { get; set; } = credential;

    public Role[] Roles { get; set; } = roles;

    /// <summary>Asked for each command.</summary>
    public bool May(Right right, string on)
    {
        var has = Right.None;
        foreach (var role in Roles)
        {
            if (role.Reaches(on))
                has |= role.Rights;
        }

        return (has & right) == right;
    }

    /// <summary>Whether the user has to do with a database at all.</summary>
    public bool Reaches(string other) => Array.Exists(Roles, role => role.Reaches(other));

    public BsonDocument ToBson() => new()
    {
        { "_id", $"{database}.{name}" },
        { "user", name },
        { "db", database },
        { "roles", RolesToBson() },
        { "mechanisms", new BsonArray { SignIn.Mechanism } },
    };

    public BsonArray RolesToBson() => new(Roles.Select(role => new BsonDocument { { "role", role.Name }, { "db", role.Database } }));
}
