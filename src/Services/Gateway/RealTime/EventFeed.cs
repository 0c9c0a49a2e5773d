using ChatApp.Contracts;
using ChatApp.Platform.Messaging;

namespace ChatApp.Gateway.RealTime;

/// <summary>
/// What the gateway hears, through a subscription of each replica's own: only what happens from now on is of interest to a live stream. A handler never
/// waits for a client.
/// </summary>
internal sealed class EventFeed(LiveStreams streams, RevokedSessions revoked, TimeProvider time)
{
    private const string PubSub = "realtime";

    /// <summary>For clocks that differ, and for an envelope's whole seconds.</summary>
    private static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(5);

    private readonly DateTimeOffset _from = time.GetUtcNow() - Tolerance;

    public static void Map(WebApplication app)
    {
        var feed = app.Services.GetRequiredService<EventFeed>();
        var (messages, conversations, inbox) = (
            app.Services.GetRequiredService<MessageFeed>(),
            app.Services.GetRequiredService<ConversationFeed>(),
            app.Services.GetRequiredService<InboxFeed>());

        app.MapEvents(MessageSent.Topic, PubSub).Read(StreamJson.Default.MessageHead).InBatches(feed.Live(messages.Show));
        app.MapEvents(ReceiptUpdated.Topic, PubSub).Read<ReceiptUpdated>().Read<MembershipChanged>().InBatches(feed.Live(conversations.Show));
        app.MapEvents(InboxChanged.Topic, PubSub).Read<InboxChanged>().InBatches(feed.Live(inbox.Show));
        app.MapEvents(SessionRevoked.Topic, PubSub).On<SessionRevoked>(feed.Revoked);
    }

    /// <summary>
    /// A broker may hand a new subscriber all that it still has. What was published before this replica started is no news: whoever opened a stream here has
    /// synchronised since.
    /// </summary>
    private Func<IReadOnlyList<Received>, CancellationToken, Task> Live(Action<IEnumerable<Received>> show) => (batch, ct) =>
    {
        if (streams.Any)
            show(batch.Where(received => received.PublishedAt is not { } published || published >= _from));
        return Task.CompletedTask;
    };

    // However old: a token of that session may still be good.
    private Task Revoked(Received<SessionRevoked> received, CancellationToken ct)
    {
        revoked.Add(received.Event.SessionId);
        streams.EndSession(received.Event.UserId, received.Event.SessionId);
        return Task.CompletedTask;
    }
}
