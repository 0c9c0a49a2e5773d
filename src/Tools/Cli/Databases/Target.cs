using ChatApp.Contracts;
using ChatApp.LocalStack.Launch;

namespace ChatApp.Cli.Databases;

/// <summary>A service with a database.</summary>
/// <param name="Name">Its app id, which is its name on the command line.</param>
/// <param name="Project">Its project, whose program migrates the database.</param>
internal sealed record Target(string Name, string Project)
{
    /// <summary>In the order in which commands work.</summary>
    public static readonly IReadOnlyList<Target> All = [new("auth", "Auth"), new("user", "User"), new("chat", "Chat"), new("notification", "Notification")];

    /// <summary>Those that hear others, and so have dead letters.</summary>
    public static readonly IReadOnlyList<Target> Hearing = [.. All.Where(target => target.Name != "auth")];

    /// <summary>Its PostgreSQL database, if it has one.</summary>
    public ServiceDatabase? Postgres => ServiceDatabase.All.FirstOrDefault(database => database.AppId == Name);

    /// <summary>Its MongoDB database, if it has one.</summary>
    public MongoServiceDatabase? Mongo => MongoServiceDatabase.All.FirstOrDefault(database => database.AppId == Name);

    /// <summary>The streams that say what is in its database: its own, and those that it listens to. All begin with those who signed up.</summary>
    public IReadOnlyCollection<string> Topics => Name switch
    {
        "auth" => [UserRegistered.Topic],
        "user" => [UserRegistered.Topic, ProfileUpdated.Topic, FriendRequested.Topic],
        "chat" => [UserRegistered.Topic, ProfileUpdated.Topic, FriendRequested.Topic, ReceiptUpdated.Topic, MessageSent.Topic],
        _ => [UserRegistered.Topic, ProfileUpdated.Topic, FriendRequested.Topic, ReceiptUpdated.Topic, MessageSent.Topic],
    };

    public string Database => $"{Name}_db";

    public string Program(StackOptions options) =>
        Path.Combine(options.Repository, "artifacts", "bin", Project, "release", $"ChatApp.{Project}.dll");

    /// <exception cref="LaunchException">There is no such target.</exception>
    public static IReadOnlyList<Target> Named(string? name) => name is null
        ? All
        : All.FirstOrDefault(target => target.Name == name) is { } target
            ? [target]
            : throw new LaunchException($"there is no database of {name}: it is one of {string.Join(", ", All.Select(known => known.Name))}.");
}
