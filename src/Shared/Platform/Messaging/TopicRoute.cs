using System.Buffers;
using System.Diagnostics;
using System.Text.Json;
using ChatApp.Platform.Telemetry;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Where the sidecar delivers the events of one topic, in bulk. The answer is 200 with a status for each event whatever happens here, and in time: any other
/// answer, or none, would send the whole batch to the dead letters, the good events too.
/// </summary>
internal sealed class TopicRoute(
    string topic, TopicHandlers handlers, IServiceProvider services, MessagingMetrics metrics, TimeProvider time, ILogger<TopicRoute> logger)
{
    /// <summary>The sidecar waits 10 s (components/shared/resiliency.yaml). What is not handled by then comes again.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(8);

    /// <summary>A batch that takes longer leaves time to get on with its events one by one.</summary>
    private static readonly TimeSpan BatchLimit = TimeSpan.FromSeconds(6);

    /// <summary>Why attempts failed is worth knowing, but no delay: the store may be what failed.</summary>
    private static readonly TimeSpan NoteLimit = TimeSpan.FromSeconds(1);

    private readonly IDeadLetterStore? _letters = services.GetService<IDeadLetterStore>();

    public async Task<IResult> HandleAsync(HttpRequest request, CancellationToken ct)
    {
        using var body = await RequestBody.ReadAsync(request, ct);
        using var envelope = JsonDocument.Parse(body.Memory);
        var entries = envelope.RootElement.GetProperty("entries");
        var deliveries = new List<Delivery>(entries.GetArrayLength());
        foreach (var entry in entries.EnumerateArray())
            deliveries.Add(Read(entry, body.Memory));

        if (deliveries.FindAll(delivery => delivery.Received is not null) is { Count: > 0 } readable)
        {
            using var timeout = new CancellationTokenSource(Limit, time);
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
            await HandleAsync(readable, limit.Token);
        }

        await NoteAsync(deliveries.FindAll(delivery => delivery.Error is not null));
        return TypedResults.Bytes(Answer(deliveries), "application/json");
    }

    private Delivery Read(JsonElement entry, ReadOnlyMemory<byte> body)
    {
        var delivery = new Delivery(entry);
        try
        {
            delivery.Received = handlers.Read(delivery.Event, body);
        }
        catch (UnreadableEventException exception)
        {
            logger.LogError("Dropped an event of {Topic} that can't be read: {Reason}", topic, exception.Message);
            delivery.Failed(Delivery.Drop, exception.Message);
            metrics.Handled(topic, "dropped", Stopwatch.GetTimestamp());
        }

        return delivery;
    }

    private async Task HandleAsync(List<Delivery> deliveries, CancellationToken ct)
    {
        if (handlers.Batch is { } batch && (deliveries.Count > 1 || handlers.Gathers) && await TryBatchAsync(batch, deliveries, ct))
            return;

        foreach (var delivery in deliveries)
            await HandleAsync(delivery, ct);
    }

    private async Task<bool> TryBatchAsync(Func<IReadOnlyList<Received>, CancellationToken, Task> batch, List<Delivery> deliveries, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        using var timeout = new CancellationTokenSource(BatchLimit, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct, timeout.Token);
        var spans = ServiceTelemetry.Source.HasListeners() ? deliveries.ConvertAll(Start) : [];
        try
        {
            await batch(deliveries.ConvertAll(delivery => delivery.Received!), limit.Token);
            foreach (var delivery in deliveries)
            {
                metrics.Handled(topic, "handled", started);
                metrics.Aged(topic, delivery.Received!.Id);
            }

            return true;
        }
        catch (Exception exception)
        {
            logger.LogWarning("A batch of {Count} events of {Topic} failed, each is tried on its own: {Reason}", deliveries.Count, topic, exception.Message);
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
        if (ct.IsCancellationRequested)
        {
            delivery.Status = Delivery.Retry;
            return;
        }

        var started = Stopwatch.GetTimestamp();
        using var span = ServiceTelemetry.Source.HasListeners() ? Start(delivery) : null;
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
            metrics.Handled(topic, "failed", started);
            delivery.Failed(Delivery.Retry, ct.IsCancellationRequested ? "The handler took longer than the sidecar waits." : $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    /// <summary>Each event goes on with the trace of its own publication, also in a batch.</summary>
    private Activity? Start(Delivery delivery) =>
        delivery.Event.TryGetProperty("traceparent", out var parent) && parent.ValueKind is JsonValueKind.String
            ? ServiceTelemetry.Source.StartActivity($"handle {topic}", ActivityKind.Consumer, parent.GetString())
                ?.SetTag("messaging.destination.name", topic).SetTag("messaging.message.id", delivery.Received!.Id)
            : null;

    private async Task NoteAsync(List<Delivery> failed)
    {
        if (_letters is null || failed.Count == 0)
            return;

        using var limit = new CancellationTokenSource(NoteLimit, time);
        try
        {
            foreach (var delivery in failed)
                await _letters.FailedAsync(EventHead.Of(delivery.Body, delivery.Metadata, topic), delivery.Error!, time.GetUtcNow(), limit.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning("Why events of {Topic} failed can't be noted: {Reason}", topic, exception.Message);
        }
    }

    private static ReadOnlyMemory<byte> Answer(List<Delivery> deliveries)
    {
        var answer = new ArrayBufferWriter<byte>(64 * (deliveries.Count + 1));
        using var json = new Utf8JsonWriter(answer);
        json.WriteStartObject();
        json.WriteStartArray("statuses"u8);
        foreach (var delivery in deliveries)
        {
            json.WriteStartObject();
            json.WriteString("entryId"u8, delivery.EntryId);
            json.WriteString("status"u8, delivery.Status);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return answer.WrittenMemory;
    }
}
