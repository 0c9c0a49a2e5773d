using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Brings several messages of a subscription to the app in one call, and acts on the status that it answers for each.</summary>
internal sealed class BulkDelivery(
    AppSubscription subscription, AppChannel app, Policy? policy, Func<BrokerMessage, CancellationToken, Task> publish, Tracing tracing, ILogger log)
{
    /// <summary>Ends when the messages are done with, one way or another.</summary>
    /// <returns>Those that the component has to retry.</returns>
    public async Task<IReadOnlyList<BrokerMessage>> HandleAsync(IReadOnlyList<BrokerMessage> messages, Lifetime lifetime)
    {
        List<Entry> failed = [];
        var byPath = new Dictionary<string, List<Entry>>();
        foreach (var entry in messages.Select((message, place) => new Entry(message, place.ToString(CultureInfo.InvariantCulture))))
        {
            if (!TryRead(entry))
                failed.Add(entry);
            else if (entry.Head.HasExpired || subscription.PathFor(entry.Head.Type) is not { } path)
                await DeadLetterIfSetAsync(entry.Message, entry.Head.HasExpired ? "expired" : "no route", lifetime);
            else if (byPath.TryGetValue(path, out var others))
                others.Add(entry);
            else
                byPath[path] = [entry];
        }

        foreach (var (path, entries) in byPath)
            failed.AddRange(await DeliverAsync(path, entries, lifetime));

        if (subscription.DeadLetterTopic is null)
            return [.. failed.Select(entry => entry.Message)];

        foreach (var entry in failed)
            await DeadLetterIfSetAsync(entry.Message, entry.Reason, lifetime);
        return [];
    }

    private bool TryRead(Entry entry)
    {
        try
        {
            entry.Body = subscription.IsRaw ? default : entry.Message.Data;
            entry.Head = subscription.IsRaw ? default : EventHead.Read(entry.Message.Data.Span);
            return true;
        }
        catch (JsonException e)
        {
            entry.Reason = $"not a CloudEvent: {e.Message}";
            return false;
        }
    }

    /// <returns>Those that failed at every attempt; only what has failed is delivered again.</returns>
    private async Task<List<Entry>> DeliverAsync(string path, List<Entry> entries, Lifetime lifetime)
    {
        try
        {
            using var attempts = lifetime.ForAttempts();
            if (policy is null)
                await AttemptAsync(path, entries, attempts.Lifetime.Aborted);
            else
                await policy.RunAsync(ct => AttemptAsync(path, entries, ct), attempts.Lifetime);
        }
        // A stopping sidecar leaves the messages to the next one: a stop is no reason for a dead letter.
        catch (Exception e) when (!lifetime.Stopping.IsCancellationRequested)
        {
            foreach (var entry in entries)
                entry.Reason = e.Message;
        }

        return entries;
    }

    private async Task AttemptAsync(string path, List<Entry> entries, CancellationToken ct)
    {
        var first = entries[0].Head;
        using var span = tracing.Start($"deliver {subscription.Topic}", ActivityKind.Consumer, first.Traceparent, first.Tracestate);
        using var response = await app.DeliverBulkAsync(path, Body(entries), span?.Id ?? first.Traceparent, first.Tracestate, ct);
        var status = (int)response.StatusCode;
        if (status is not 404 and (< 200 or > 299))
            throw new StatusException(status, $"{path} answered {status}");

        var statuses = status == 404 ? null : Statuses(await response.Content.ReadAsByteArrayAsync(ct));
        foreach (var entry in entries.ToArray())
        {
            var answered = status == 404 ? "DROP" : statuses!.GetValueOrDefault(entry.Id);
            if (answered == "DROP")
                await DeadLetterIfSetAsync(entry.Message, "the app dropped it", ct);
            if (answered is "DROP" or "SUCCESS")
                entries.Remove(entry);
        }

        if (entries.Count > 0)
            throw new InvalidOperationException($"{path} answered that {entries.Count} messages are to come again");
    }

    private byte[] Body(List<Entry> entries)
    {
        var buffer = new ArrayBufferWriter<byte>(entries.Sum(entry => entry.Message.Data.Length) + (entries.Count * 512));
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("id", Guid.NewGuid());
            json.WriteString("type", "com.dapr.event.sent.bulk");
            json.WriteString("topic", subscription.Topic);
            json.WriteString("pubsubname", subscription.PubSub);
            json.WriteStartObject("metadata");
            json.WriteString("pubsubName", subscription.PubSub);
            json.WriteEndObject();
            json.WriteStartArray("entries");
            foreach (var entry in entries)
                Write(json, entry);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private void Write(Utf8JsonWriter json, Entry entry)
    {
        json.WriteStartObject();
        json.WriteString("entryId", entry.Id);
        json.WritePropertyName("event");
        if (subscription.IsRaw)
            json.WriteBase64StringValue(entry.Message.Data.Span);
        else
            json.WriteRawValue(entry.Body.Span, skipInputValidation: true);
        json.WriteString("contentType", subscription.IsRaw ? "application/octet-stream" : Envelope.ContentType);
        json.WriteStartObject("metadata");
        foreach (var (name, value) in entry.Message.Metadata)
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>Nothing for an answer that can't be read: then all come again.</summary>
    private static Dictionary<string, string> Statuses(byte[] answer)
    {
        var statuses = new Dictionary<string, string>();
        try
        {
            using var json = JsonDocument.Parse(answer);
            foreach (var entry in json.RootElement.GetProperty("statuses").EnumerateArray())
                statuses[entry.GetProperty("entryId").GetString()!] = entry.GetProperty("status").GetString() ?? "";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or ArgumentNullException)
        {
            statuses.Clear();
        }

        return statuses;
    }

    private async Task DeadLetterIfSetAsync(BrokerMessage message, string reason, Lifetime lifetime)
    {
        log.LogWarning("{Topic} at {Place}: {Then}, {Reason}", message.Topic, message.Place, subscription.DeadLetterTopic is null ? "dropped" : "to the dead letters", reason);
        if (subscription.DeadLetterTopic is { } deadLetters)
            await publish(message with { Topic = deadLetters }, lifetime.Aborted);
    }

    private sealed class Entry(BrokerMessage message, string id)
    {
        public BrokerMessage Message => message;

        public string Id => id;

        public EventHead Head { get; set; }

        public ReadOnlyMemory<byte> Body { get; set; }

        public string Reason { get; set; } = "";
    }
}
