namespace ChatApp.LocalStack.Mongo.Users;

/// <summary>What a command may need, on its database.</summary>
[Flags]
internal enum Right
{
    /// <summary>To be signed in.</summary>
    None = 0,

    /// <summary>Names of collections and indexes, and sizes.</summary>
    Inspect = 1,
    Read = 2,
    Write = 4,

    /// <summary>Collections and indexes come and go.</summary>
    Build = 8,

    /// <summary>Validators and views change, the database goes.</summary>
    Administer = 16,
    ManageUsers = 32,

    /// <summary>What is not of one database.</summary>
    Server = 64,
    All = Server * 2 - 1,
}

/// <summary>One of MongoDB's built-in roles, on one database.</summary>
internal sealed record Role(string Name, string Database)
{
    private const Right Reads = Right.Inspect | Right.Read, ReadsAndWrites = Reads | Right.Write | Right.Build;
    private const Right Administers = Right.Inspect | Right.Build | Right.Administer;

    /// <summary>Null when there is no such role.</summary>
    public static Role? Find(string name, string database) => RightsOf(name) == Right.None || (name == "root" && database != "admin") ? null : new(name, database);

    public Right Rights { get; } = RightsOf(Name);

    public bool Reaches(string database) => Rights == Right.All || Database == database;

    private static Right RightsOf(string name) => name switch
    {
        "read" => Reads,
        "readWrite" => ReadsAndWrites,
        "dbAdmin" => Administers,
        "userAdmin" => Right.ManageUsers,
        "dbOwner" => ReadsAndWrites | Administers | Right.ManageUsers,
        "root" => Right.All,
        _ => Right.None,
    };
}
