namespace ChatApp.Gateway.RealTime;

/// <summary>Why a stream ends, as its last event says it.</summary>
internal sealed class StreamEnd
{
    /// <summary>The reader was too slow for what happened: connect again and sync.</summary>
    public static readonly StreamEnd Slow = new("event: resume\ndata: {\"reason\":\"slow\"}\n\n"u8);

    /// <summary>This replica stops: connect again, to another one, and sync.</summary>
    public static readonly StreamEnd Stopping = new("event: resume\ndata: {\"reason\":\"stopping\"}\n\n"u8);

    /// <summary>The access token has expired: refresh it, connect again and sync.</summary>
    public static readonly StreamEnd Expired = new("event: expired\ndata: {}\n\n"u8);

    /// <summary>The session is over: log in again.</summary>
    public static readonly StreamEnd Revoked = new("event: revoked\ndata: {}\n\n"u8);

    /// <summary>Nobody could say which conversations the user is in: connect again, after a moment, and sync.</summary>
    public static readonly StreamEnd MembersUnavailable = new("retry: 1000\nevent: resume\ndata: {\"reason\":\"members_unavailable\"}\n\n"u8);

    private StreamEnd(ReadOnlySpan<byte> lastWords) => LastWords = lastWords.ToArray();

    public byte[] LastWords { get; }
}
