using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using ChatApp.Platform.Telemetry;
using Dapr.AspNetCore;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Where the sidecar delivers the events of one topic, in bulk. The answer is 200 with a status for each event whatever happens here: any other answer would
/// send the whole batch to the dead letters, the good events too.
/// </summary>
internal sealed class TopicRoute(
    string topic, TopicHandlers handlers, IServiceProvider services, MessagingMetrics metrics, TimeProvider time, ILogger<TopicRoute> logger)
{
    /// <summary>Why an attempt failed is worth knowing, but no delay: the store may be what failed.</summary>
    private static readonly TimeSpan NoteLimit = TimeSpan.FromSeconds(1);

    private readonly IDeadLetterStore? _letters = services.GetService<IDeadLetterStore>();

    public async Task<IResult> HandleAsync(HttpRequest request, CancellationToken ct)
    {
        using var body = await JsonDocument.ParseAsync(request.Body, cancellationToken: ct);
        var deliveries = body.RootElement.GetProperty("entries").EnumerateArray().Select(entry => new Delivery(entry)).ToArray();
        foreach (var delivery in deliveries)
            await ReadAsync(delivery);

        await HandleAsync([.. deliveries.Where(delivery => delivery.Received is not null)], ct);
        return TypedResults.Bytes(Answer(deliveries), "application/json");
    }

    private async Task ReadAsync(Delivery delivery)
    {
        try
        {
            delivery.Received = handlers.Read(delivery.Event);
        }
        catch (UnreadableEventException exception)
        {
            logger.LogError("Dropped an event of {Topic} that can't be read: {Reason}", topic, exception.Message);
            delivery.Status = BulkSubscribeAppResponseStatus.DROP;
            metrics.Handled(topic, "dropped", Stopwatch.GetTimestamp());
            await NoteAsync(delivery, exception.Message);
        }
    }

    private async Task HandleAsync(Delivery[] deliveries, CancellationToken ct)
    {
        if (handlers.Batch is not { } batch || deliveries.Length < 2 || !await TryBatchAsync(batch, deliveries, ct))
        {
            foreach (var delivery in deliveries)
                await HandleAsync(delivery, ct);
        }
    }

    private async Task<bool> TryBatchAsync(Func<IReadOnlyList<Received>, CancellationToken, Task> batch, Delivery[] deliveries, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        var spans = deliveries.Select(Start).ToArray();
        try
        {
            await batch([.. deliveries.Select(delivery => delivery.Received!)], ct);
            foreach (var delivery in deliveries)
            {
                metrics.Handled(topic, "handled", started);
                metrics.Aged(topic, delivery.Received!.Id);
            }

            return true;
        }
        catch (Exception exception)
        {
            logger.LogWarning("A batch of {Count} events of {Topic} failed, each is tried on its own: {Reason}", deliveries.Length, topic, exception.Message);
            return false;
        }
        finally
        {
            foreach (var span in spans)
                span?.Dispose();
        }
    }

    private async Task HandleAsync(Delivery delivery, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var span = Start(delivery);
        try
        {
            await handlers.HandleAsync(delivery.Received!, ct);
            metrics.Handled(topic, "handled", started);
            metrics.Aged(topic, delivery.Received!.Id);
        }
        catch (Exception exception)
        {
            logger.LogWarning(exception, "An event of {Topic} failed and comes again", topic);
            span?.SetStatus(ActivityStatusCode.Error, exception.Message);
            delivery.Status = BulkSubscribeAppResponseStatus.RETRY;
            metrics.Handled(topic, "failed", started);
            await NoteAsync(delivery, ct.IsCancellationRequested ? "The handler took longer than the sidecar waits." : $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>Each event goes on with the trace of its own publication, also in a batch.</summary>
    private Activity? Start(Delivery delivery)
    {
        if (!ServiceTelemetry.Source.HasListeners()
            || !delivery.Event.TryGetProperty("traceparent", out var parent) || parent.ValueKind is not JsonValueKind.String)
            return null;

        return ServiceTelemetry.Source.StartActivity($"handle {topic}", ActivityKind.Consumer, parent.GetString())
            ?.SetTag("messaging.destination.name", topic).SetTag("messaging.message.id", delivery.Received!.Id);
    }

    private async Task NoteAsync(Delivery delivery, string error)
    {
        if (_letters is null)
            return;

        try
        {
            using var limit = new CancellationTokenSource(NoteLimit);
            await _letters.FailedAsync(EventHead.Of(delivery.Body, delivery.Metadata, topic), error, time.GetUtcNow(), limit.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning("Why an event of {Topic} failed can't be noted: {Reason}", topic, exception.Message);
        }
    }

    private static byte[] Answer(IEnumerable<Delivery> deliveries)
    {
        using var answer = new MemoryStream();
        using (var json = new Utf8JsonWriter(answer))
        {
            json.WriteStartObject();
            json.WriteStartArray("statuses");
            foreach (var delivery in deliveries)
            {
                json.WriteStartObject();
                json.WriteString("entryId", delivery.EntryId);
                json.WriteString("status", delivery.Status.ToString());
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return answer.ToArray();
    }

    /// <summary>One entry of Dapr's bulk envelope.</summary>
    private sealed class Delivery(JsonElement entry)
    {
        public string EntryId { get; } = entry.GetProperty("entryId").GetString()!;

        /// <summary>A CloudEvent, or whatever the broker had.</summary>
        public JsonElement Event { get; } = entry.TryGetProperty("event", out var sent) ? sent : default;

        public Received? Received { get; set; }

        public BulkSubscribeAppResponseStatus Status { get; set; } = BulkSubscribeAppResponseStatus.SUCCESS;

        public ReadOnlyMemory<byte> Body => Event.ValueKind is JsonValueKind.Undefined ? default : JsonMarshal.GetRawUtf8Value(Event).ToArray();

        /// <summary>What the broker says beside the event, as a single delivery has it in its headers.</summary>
        public HeaderDictionary Metadata
        {
            get
            {
                var metadata = new HeaderDictionary();
                if (entry.TryGetProperty("metadata", out var given) && given.ValueKind is JsonValueKind.Object)
                {
                    foreach (var one in given.EnumerateObject())
                        metadata[one.Name] = one.Value.ToString();
                }

                return metadata;
            }
        }
    }
}
