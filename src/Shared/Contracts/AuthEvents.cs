namespace ChatApp.Contracts;

/// <summary>Somebody signed up. Told once per user by auth; user makes the profile from it.</summary>
public sealed record UserRegistered(Guid UserId, string Username, string DisplayName, DateTimeOffset RegisteredAt) : IEvent
{
    public static string Topic => "auth.users";
    public static string Type => "auth.user.registered.v1";
    public string Key => UserId.ToString();
}

/// <summary>A session ended before its time: log-out, or a refresh token that was used twice. The gateway closes its live streams.</summary>
public sealed record SessionRevoked(Guid UserId, Guid SessionId, DateTimeOffset RevokedAt) : IEvent
{
    public static string Topic => "auth.users";
    public static string Type => "auth.session.revoked.v1";
    public string Key => UserId.ToString();
}
