namespace ChatApp.Contracts;

/// <summary>A profile was made or changed. Carries its whole public state, so the newest <paramref name="Version"/> is all that a reader needs.</summary>
public sealed record ProfileUpdated(
    Guid UserId, string Username, string DisplayName, string? AvatarUrl, long Version, DateTimeOffset UpdatedAt) : IEvent
{
    public static string Topic => "users.profiles";
    public static string Type => "users.profile.updated.v1";
    public string Key => UserId.ToString();
}

/// <summary>Settings that other services act on. The newest <paramref name="Version"/> wins.</summary>
/// <param name="TimeZone">An IANA time zone name.</param>
public sealed record SettingsUpdated(Guid UserId, string Locale, string TimeZone, long Version, DateTimeOffset UpdatedAt) : IEvent
{
    public static string Topic => "users.profiles";
    public static string Type => "users.settings.updated.v1";
    public string Key => UserId.ToString();
}

/// <summary>A friend request waits for its addressee. <paramref name="Version"/> grows with every change of the pair.</summary>
public sealed record FriendRequested(Guid RequesterId, Guid AddresseeId, long Version, DateTimeOffset RequestedAt) : IEvent
{
    public static string Topic => "users.relationships";
    public static string Type => "users.friend.requested.v1";
    public string Key => UserPair.Key(RequesterId, AddresseeId);
}

/// <summary>Two users became friends, by an answer or because their requests crossed.</summary>
public sealed record FriendAccepted(Guid RequesterId, Guid AddresseeId, long Version, DateTimeOffset AcceptedAt) : IEvent
{
    public static string Topic => "users.relationships";
    public static string Type => "users.friend.accepted.v1";
    public string Key => UserPair.Key(RequesterId, AddresseeId);
}

/// <summary>A friendship ended, by either side or by a block.</summary>
public sealed record FriendRemoved(Guid UserId, Guid OtherId, long Version, DateTimeOffset RemovedAt) : IEvent
{
    public static string Topic => "users.relationships";
    public static string Type => "users.friend.removed.v1";
    public string Key => UserPair.Key(UserId, OtherId);
}

/// <summary>One user blocked another, or lifted the block. The newest <paramref name="Version"/> of a direction wins.</summary>
public sealed record BlockChanged(Guid BlockerId, Guid BlockedId, bool Blocked, long Version, DateTimeOffset ChangedAt) : IEvent
{
    public static string Topic => "users.relationships";
    public static string Type => "users.block.changed.v1";
    public string Key => UserPair.Key(BlockerId, BlockedId);
}

/// <summary>The identity of a pair of users, the same from both sides.</summary>
public static class UserPair
{
    /// <summary>Both ids in ascending order, joined by a colon.</summary>
    public static string Key(Guid a, Guid b) => a.CompareTo(b) <= 0 ? $"{a}:{b}" : $"{b}:{a}";
}
