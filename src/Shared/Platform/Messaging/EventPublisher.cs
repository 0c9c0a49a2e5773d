using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatApp.Platform.Telemetry;
using Microsoft.Extensions.Configuration;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// Hands events to the sidecar in bulk, which answers when the broker has them. By Dapr's HTTP API: only there an entry has a key of its own, and an answer
/// that names the entries that failed (<see href="https://docs.dapr.io/reference/api/pubsub_api/#publish-multiple-messages-to-a-given-topic"/>).
/// </summary>
public sealed class EventPublisher(IConfiguration configuration, MessagingMetrics metrics, TimeProvider time) : IDisposable
{
    /// <summary>The Dapr component that all services publish to.</summary>
    public const string PubSub = "pubsub";

    /// <summary>The most events of one request.</summary>
    public const int MaxBatch = 100;

    /// <summary>And about the most bytes: the sidecar takes no more than 4 MiB.</summary>
    internal const int MaxSize = 1024 * 1024;

    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly IReadOnlySet<int> None = new HashSet<int>();

    private readonly string _source = configuration["APP_ID"] ?? "chatapp";
    private readonly HttpClient _sidecar = DaprHttp.Client(configuration);
    private ArrayBufferWriter<byte>? _body;

    /// <summary>Publishes events of one topic, those of a key in this order.</summary>
    /// <returns>The places of those that the broker did not take; each is to be published again.</returns>
    /// <exception cref="HttpRequestException">None was taken, or nobody can tell: publish all of them again. With a status the sidecar refused the request.</exception>
    public async Task<IReadOnlySet<int>> PublishAsync(IReadOnlyList<OutboxEvent> events, CancellationToken ct)
    {
        var topic = events[0].Topic;
        var spans = Start(events);
        var body = Interlocked.Exchange(ref _body, null) ?? new ArrayBufferWriter<byte>();
        try
        {
            Write(body, events, spans);
            using var content = new ReadOnlyMemoryContent(body.WrittenMemory) { Headers = { ContentType = Json } };
            using var response = await _sidecar.PostAsync($"/v1.0/publish/bulk/{PubSub}/{topic}", content, ct);
            var failed = response.IsSuccessStatusCode ? None : await FailedAsync(response, ct);
            Keep(body);
            metrics.Published(topic, events.Count - failed.Count);
            metrics.Refused(topic, failed.Count);
            End(spans, failed.Contains, "The broker did not take it.");
            return failed;
        }
        catch (Exception exception)
        {
            metrics.Refused(topic, events.Count);
            End(spans, _ => true, exception.Message);
            if (exception is not OperationCanceledException || ct.IsCancellationRequested)
                throw;

            throw new HttpRequestException("The sidecar did not answer in time.", exception);
        }
    }

    /// <summary>Publishes one event.</summary>
    /// <exception cref="HttpRequestException">The sidecar or the broker did not take it, or nobody can tell: publish it again.</exception>
    public async Task PublishAsync(OutboxEvent stored, CancellationToken ct)
    {
        if ((await PublishAsync([stored], ct)).Count > 0)
            throw new HttpRequestException("The broker did not take the event.");
    }

    public void Dispose() => _sidecar.Dispose();

    private void Write(ArrayBufferWriter<byte> body, IReadOnlyList<OutboxEvent> events, Activity?[]? spans)
    {
        using var json = new Utf8JsonWriter(body, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartArray();
        for (var i = 0; i < events.Count; i++)
            Write(json, events[i], i, spans?[i]?.Id ?? events[i].TraceParent);
        json.WriteEndArray();
    }

    /// <summary>For the next request: a buffer of that size would be a large object each time. One whose request broke may still be read.</summary>
    private void Keep(ArrayBufferWriter<byte> body)
    {
        if (body.Capacity > 2 * MaxSize)
            return;

        body.ResetWrittenCount();
        _body = body;
    }

    /// <summary>A CloudEvent 1.0: the sidecar adds the names of topic and component, and changes nothing else.</summary>
    private void Write(Utf8JsonWriter json, OutboxEvent stored, int place, string? traceParent)
    {
        json.WriteStartObject();
        json.WriteString("entryId"u8, place.ToString(CultureInfo.InvariantCulture));
        json.WriteString("contentType"u8, "application/cloudevents+json"u8);
        json.WriteStartObject("metadata"u8);
        json.WriteString("partitionKey"u8, stored.Key);
        json.WriteEndObject();
        json.WriteStartObject("event"u8);
        json.WriteString("specversion"u8, "1.0"u8);
        json.WriteString("id"u8, stored.Id);
        json.WriteString("type"u8, stored.Type);
        json.WriteString("source"u8, _source);
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("datacontenttype"u8, "application/json"u8);
        if (traceParent is not null)
        {
            // Without the first, Dapr puts the request's trace in the place of the second.
            json.WriteString("traceid"u8, traceParent);
            json.WriteString("traceparent"u8, traceParent);
        }

        json.WritePropertyName("data"u8);
        json.WriteRawValue(stored.Payload, skipInputValidation: true);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>An error that names no entry is one of the whole request.</summary>
    private static async Task<IReadOnlySet<int>> FailedAsync(HttpResponseMessage response, CancellationToken ct)
    {
        var body = await response.Content.ReadAsStringAsync(ct);
        try
        {
            if (response.StatusCode is HttpStatusCode.InternalServerError
                && JsonSerializer.Deserialize(body, PublishJson.Default.BulkAnswer)?.FailedEntries is { Count: > 0 } failed)
                return failed.Select(entry => int.Parse(entry.EntryId, CultureInfo.InvariantCulture)).ToHashSet();
        }
        catch (Exception exception) when (exception is JsonException or FormatException)
        {
            // No answer of Dapr's.
        }

        throw new HttpRequestException($"The sidecar answered {(int)response.StatusCode}: {body[..Math.Min(body.Length, 300)]}", null, response.StatusCode);
    }

    /// <summary>The way to the broker belongs to the trace of the change, however late it is taken, and the readers' spans hang on it.</summary>
    private static Activity?[]? Start(IReadOnlyList<OutboxEvent> events)
    {
        if (!ServiceTelemetry.Source.HasListeners())
            return null;

        return [.. events.Select(stored =>
        {
            if (stored.TraceParent is null)
                return null;

            var span = ServiceTelemetry.Source.StartActivity($"publish {stored.Topic}", ActivityKind.Producer, stored.TraceParent);
            // Spans of a batch stand side by side.
            Activity.Current = null;
            return span?.SetTag("messaging.destination.name", stored.Topic).SetTag("messaging.message.id", stored.Id);
        })];
    }

    private static void End(Activity?[]? spans, Func<int, bool> failed, string reason)
    {
        for (var i = 0; i < spans?.Length; i++)
        {
            if (failed(i))
                spans[i]?.SetStatus(ActivityStatusCode.Error, reason);
            spans[i]?.Dispose();
        }
    }
}

internal sealed record BulkAnswer(IReadOnlyList<FailedEntry>? FailedEntries);

internal sealed record FailedEntry(string EntryId);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(BulkAnswer))]
internal sealed partial class PublishJson : JsonSerializerContext;
