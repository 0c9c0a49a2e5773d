using ChatApp.Contracts;
using ChatApp.Testing;

namespace ChatApp.Gateway.Tests.RealTime;

/// <summary>The gateway on a real socket: what a stream costs and how it breaks shows only there.</summary>
public class StreamApi : GatewayApi
{
    public const int Queue = 32;
    public const int StreamsPerUser = 5;

    public StreamApi() => UseKestrel(0);

    internal FakeChat Chat { get; } = new();

    protected override IEnumerable<KeyValuePair<string, string?>> Settings =>
    [
        .. base.Settings,
        new("Stream:Queue", $"{Queue}"),
        new("Stream:StreamsPerUser", $"{StreamsPerUser}"),
        new("Stream:Heartbeat", "00:00:00.300"),
        new("Stream:Sweep", "00:00:00.050"),
        new("Stream:LastWords", "00:01:00"),
    ];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        Sidecar.Route("chat", Chat);
    }

    /// <summary>A conversation that has these members before they open a stream.</summary>
    internal Guid Conversation(params IEnumerable<Guid> memberIds) => Chat.Join(Guid.NewGuid(), memberIds);

    internal async Task<OpenStream> OpenAsync(Guid userId, Guid? sessionId = null) => await OpenStream.OpenAsync(ClientFor(userId, sessionId));

    /// <summary>Opens a stream that ends before it is ready.</summary>
    internal async Task<IReadOnlyList<StreamEvent>> OpenInVainAsync(Guid userId)
    {
        await using var stream = await OpenStream.ConnectAsync(ClientFor(userId));
        return await stream.RestAsync();
    }

    /// <summary>Delivers messages as one batch.</summary>
    internal Task DeliverTogetherAsync(params IReadOnlyList<MessageSent> batch) =>
        DeliverAsync(MessageSent.Topic, [.. batch.Select(message => Delivery.Of(message))]);
}
