using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ChatApp.Platform.Messaging;

/// <summary>How many events wait for the broker, and since when the oldest does.</summary>
public readonly record struct OutboxBacklog(long Waiting, DateTimeOffset? Oldest);

/// <summary>What messaging counts: see "Metrics" in docs/operations.md. What is stored is counted now and then by <see cref="MessagingUpkeep"/>.</summary>
public sealed class MessagingMetrics
{
    public const string MeterName = "ChatApp";

    private readonly Counter<long> _published;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _handled;

    public MessagingMetrics(IMeterFactory meters, TimeProvider time)
    {
        var meter = meters.Create(MeterName);
        _published = meter.CreateCounter<long>("chatapp.outbox.published", "{event}", "Events that the broker took.");
        _refused = meter.CreateCounter<long>("chatapp.outbox.failed", "{event}", "Attempts to publish that failed; each is made again.");
        _handled = meter.CreateHistogram<double>("chatapp.events.duration", "s", "Deliveries, by topic and outcome: handled, failed (comes again) or dropped.");
        meter.CreateObservableGauge("chatapp.outbox.waiting", () => Measured(Outbox?.Waiting), "{event}", "Events that wait for the broker.");
        meter.CreateObservableGauge(
            "chatapp.outbox.oldest.age",
            () => Measured(Outbox is { } outbox ? (outbox.Oldest is { } oldest ? Math.Max(0, (time.GetUtcNow() - oldest).TotalSeconds) : 0) : default(double?)),
            "s",
            "Since when the oldest event waits for the broker.");
        meter.CreateObservableGauge("chatapp.deadletters.waiting", () => Measured(DeadLetters), "{event}", "Dead letters that nobody has replayed or discarded.");
    }

    /// <summary>Null where there is no outbox, or nothing was counted yet.</summary>
    internal OutboxBacklog? Outbox { get; set; }

    /// <summary>Null where nothing is subscribed to, or nothing was counted yet.</summary>
    internal long? DeadLetters { get; set; }

    internal void Published(string topic) => _published.Add(1, new KeyValuePair<string, object?>("topic", topic));

    internal void Refused(string topic) => _refused.Add(1, new KeyValuePair<string, object?>("topic", topic));

    internal void Handled(string topic, string outcome, long started) => _handled.Record(
        Stopwatch.GetElapsedTime(started).TotalSeconds,
        new KeyValuePair<string, object?>("topic", topic),
        new KeyValuePair<string, object?>("outcome", outcome));

    private static Measurement<T>[] Measured<T>(T? value)
        where T : struct => value is { } known ? [new Measurement<T>(known)] : [];
}
