namespace ChatApp.Auth.Sessions;

/// <summary>How long a session lives.</summary>
internal static class SessionLimits
{
    /// <summary>A session that is not refreshed for this long has ended.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromDays(30);

    /// <summary>Every session ends after this long.</summary>
    public static readonly TimeSpan Absolute = TimeSpan.FromDays(180);

    /// <summary>How long a client that lost the answer may ask again with the spent token.</summary>
    public static readonly TimeSpan ReplayGrace = TimeSpan.FromSeconds(10);

    public static DateTimeOffset IdleEnd(DateTimeOffset now, DateTimeOffset sessionEnd) => now + Idle < sessionEnd ? now + Idle : sessionEnd;
}
