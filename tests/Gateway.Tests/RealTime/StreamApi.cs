namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>The gateway on a real socket: what a stream costs and how it breaks shows only there.</summary>
public class StreamApi : GatewayApi
{
    public const int Queue = 32;
    public const int StreamsPerUser = 5;

    public StreamApi() => UseKestrel(0);

    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        .. base.Settings,
        new("Stream:Queue", $"{Queue}"),
        new("Stream:StreamsPerUser", $"{StreamsPerUser}"),
        new("Stream:Heartbeat", "00:00:00.300"),
        new("Stream:Sweep", "00:00:00.050"),
        new("Stream:LastWords", "00:01:00"),
    ];

    internal async Task<OpenStream> OpenAsync(Guid userId, Guid? sessionId = null) => await OpenStream.OpenAsync(ClientFor(userId, sessionId));
}
