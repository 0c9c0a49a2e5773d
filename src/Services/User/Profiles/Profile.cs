namespace ChatApp.User.Profiles;

/// <summary>Who may read more than names and picture, and find somebody by search.</summary>
public enum Visibility
{
    Public,

    /// <summary>Not found by search; the bio is for friends.</summary>
    Private,
}

/// <summary>The caller's own profile.</summary>
internal sealed record Profile(
    Guid Id,
    string Username,
    string DisplayName,
    string? AvatarUrl,
    string? Bio,
    Visibility Visibility,
    long Version,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt);

/// <summary>What somebody is to the caller.</summary>
internal enum Friendship
{
    None,
    RequestSent,
    RequestReceived,
    Friends,
}

/// <summary>Somebody as the caller sees them.</summary>
/// <param name="Bio">Null when there is none, or when it is not for the caller.</param>
/// <param name="Blocked">Whether the caller has blocked them.</param>
internal sealed record Person(
    Guid Id, string Username, string DisplayName, string? AvatarUrl, string? Bio, Friendship Friendship, bool Blocked);
