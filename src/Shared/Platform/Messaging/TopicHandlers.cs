using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using ChatApp.Contracts;

namespace ChatApp.Platform.Messaging;

/// <summary>The handlers of one topic, by event type.</summary>
public sealed class TopicHandlers(TimeProvider time)
{
    private readonly List<Reader> _readers = [];
    private readonly Dictionary<Type, Func<Received, CancellationToken, Task>> _handlers = [];
    private Func<IReadOnlyList<Received>, CancellationToken, Task>? _alone;

    /// <summary>Handles all events of a delivery at once; null where each is handled on its own.</summary>
    internal Func<IReadOnlyList<Received>, CancellationToken, Task>? Batch { get; private set; }

    /// <summary>A delivery of one event is part of a batch, too.</summary>
    internal bool Gathers => Batch != _alone;

    /// <summary><paramref name="handle"/> must be safe to run twice, and when events of one aggregate pass each other.</summary>
    public TopicHandlers On<T>(Func<Received<T>, CancellationToken, Task> handle)
        where T : IEvent
    {
        _handlers.Add(typeof(Received<T>), (received, ct) => handle((Received<T>)received, ct));
        return Read<T>();
    }

    /// <summary>Reads this type for the handler of batches.</summary>
    /// <param name="json">For a type of the reader's own, with only those fields of the event that it needs.</param>
    public TopicHandlers Read<T>(JsonTypeInfo<T>? json = null)
        where T : IEvent
    {
        var type = json ?? EventJson.Default.GetTypeInfo(typeof(T))!;
        _readers.Add(new Reader(T.Type, (envelope, body) =>
        {
            var data = envelope.GetProperty("data"u8);
            var read = (T?)data.Deserialize(type) ?? throw new JsonException("The event has no data.");
            return new Received<T>(envelope.GetProperty("id"u8).GetGuid(), read, TimeOf(envelope), BytesOf(data, body));
        }));
        return this;
    }

    /// <summary>
    /// Handles the events of a delivery together. If that fails, each is tried on its own, so that one bad event does not hold up the others. Must be safe to run
    /// twice, and when events of one aggregate pass each other: some brokers lose the order within a batch.
    /// </summary>
    public TopicHandlers InBatches(Func<IReadOnlyList<Received>, CancellationToken, Task> handle)
    {
        (Batch, _alone) = (handle, handle);
        return this;
    }

    /// <summary>
    /// The same, for what nobody waits for: the events of all deliveries together, at most once in <paramref name="interval"/>. A delivery may be answered before
    /// its batch ends, so <see cref="Received{T}.Data"/> is not to be read.
    /// </summary>
    public TopicHandlers InBatches(Func<IReadOnlyList<Received>, CancellationToken, Task> handle, TimeSpan interval)
    {
        (Batch, _alone) = (new GatheredBatches(handle, interval, time).HandleAsync, handle);
        return this;
    }

    /// <summary>What an event says; null when nobody here reads its type.</summary>
    /// <param name="body">A CloudEvent.</param>
    /// <exception cref="UnreadableEventException">It can't be read, now or later.</exception>
    internal Received? Read(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var envelope = JsonDocument.Parse(body);
            return Read(envelope.RootElement, body);
        }
        catch (JsonException exception)
        {
            throw new UnreadableEventException(exception.Message, exception);
        }
    }

    /// <summary>The same, of a CloudEvent that is part of a larger document.</summary>
    /// <param name="envelope">The CloudEvent.</param>
    /// <param name="body">What the whole document was parsed from.</param>
    internal Received? Read(JsonElement envelope, ReadOnlyMemory<byte> body)
    {
        try
        {
            var type = envelope.GetProperty("type"u8);
            foreach (var reader in _readers)
            {
                if (type.ValueEquals(reader.Type))
                    return reader.Read(envelope, body);
            }

            var unknown = type.GetString() ?? throw new JsonException("The event has no type.");
            // Somebody counts on its being read here: a version that this program does not know is no event that nobody wants.
            return _readers.Exists(reader => WithoutVersion(reader.Type) == WithoutVersion(unknown))
                ? throw new JsonException($"{unknown} is a version that this program does not know.")
                : null;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
        {
            throw new UnreadableEventException(exception.Message, exception);
        }
    }

    internal Task HandleAsync(Received received, CancellationToken ct) =>
        _alone is { } handle ? handle([received], ct) : _handlers[received.GetType()](received, ct);

    /// <summary>Where they are in the body: no copy is made.</summary>
    private static ReadOnlyMemory<byte> BytesOf(JsonElement element, ReadOnlyMemory<byte> body)
    {
        var bytes = JsonMarshal.GetRawUtf8Value(element);
        return body.Span.Overlaps(bytes, out var start) ? body.Slice(start, bytes.Length) : bytes.ToArray();
    }

    private static string WithoutVersion(string type) => type.LastIndexOf(".v", StringComparison.Ordinal) is > 0 and var end ? type[..end] : type;

    private static DateTimeOffset? TimeOf(JsonElement envelope) =>
        envelope.TryGetProperty("time", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var published)
            ? published
            : null;

    private sealed record Reader(string Type, Func<JsonElement, ReadOnlyMemory<byte>, Received> Read);
}

/// <summary>An event that no attempt will make readable.</summary>
internal sealed class UnreadableEventException(string message, Exception inner) : Exception(message, inner);
