using System.Buffers.Binary;
using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ChatApp.Platform.Messaging;

/// <summary>How many events wait for the broker, and since when the oldest does.</summary>
public readonly record struct OutboxBacklog(long Waiting, DateTimeOffset? Oldest)
{
    /// <summary>No more are counted: a backlog of an hour must not be read every few seconds.</summary>
    internal const int Max = 10_000;
}

/// <summary>What messaging counts: see "Metrics" in docs/operations.md. What is stored is counted now and then by <see cref="MessagingUpkeep"/>.</summary>
public sealed class MessagingMetrics
{
    public const string MeterName = "ChatApp";

    private static readonly InstrumentAdvice<double> Buckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600],
    };

    private readonly Counter<long> _published;
    private readonly Counter<long> _refused;
    private readonly Histogram<double> _handled;
    private readonly Histogram<double> _age;
    private readonly TimeProvider _time;

    public MessagingMetrics(IMeterFactory meters, TimeProvider time)
    {
        _time = time;
        var meter = meters.Create(MeterName);
        _published = meter.CreateCounter<long>("chatapp.outbox.published", "{event}", "Events that the broker took.");
        _refused = meter.CreateCounter<long>("chatapp.outbox.failed", "{event}", "Attempts to publish that failed; each is made again.");
        _handled = meter.CreateHistogram(
            "chatapp.events.duration", "s", "Deliveries, by topic and outcome: handled, failed (comes again) or dropped.", advice: Buckets);
        _age = meter.CreateHistogram("chatapp.events.age", "s", "From a change to the moment when its event was handled here: how far this service is behind.", advice: Buckets);
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

    internal void Published(string topic, int count) => _published.Add(count, new KeyValuePair<string, object?>("topic", topic));

    internal void Refused(string topic, int count)
    {
        if (count > 0)
            _refused.Add(count, new KeyValuePair<string, object?>("topic", topic));
    }

    /// <summary>An event's id has the time of its change: the envelope knows only when it was published, and that to the second.</summary>
    internal void Aged(string topic, Guid eventId)
    {
        if (eventId.Version == 7)
            _age.Record(Math.Max(0, (_time.GetUtcNow() - TimeOf(eventId)).TotalSeconds), new KeyValuePair<string, object?>("topic", topic));
    }

    internal void Handled(string topic, string outcome, long started) => _handled.Record(
        Stopwatch.GetElapsedTime(started).TotalSeconds,
        new KeyValuePair<string, object?>("topic", topic),
        new KeyValuePair<string, object?>("outcome", outcome));

    /// <summary>RFC 9562, section 5.7: the first 48 bits are milliseconds since 1970.</summary>
    private static DateTimeOffset TimeOf(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return DateTimeOffset.FromUnixTimeMilliseconds((long)(BinaryPrimitives.ReadUInt64BigEndian(bytes) >> 16));
    }

    private static Measurement<T>[] Measured<T>(T? value)
        where T : struct => value is { } known ? [new Measurement<T>(known)] : [];
}
