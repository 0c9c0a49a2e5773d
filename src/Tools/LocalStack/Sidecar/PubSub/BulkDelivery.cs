using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Policies;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Brings a batch of a subscription to the app in one request, and acts on the status of each entry as Dapr does.</summary>
internal sealed class BulkDelivery(
    AppSubscription subscription, AppChannel app, Policy? policy, DeadLetters deadLetters, Tracing tracing, ILogger log)
{
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    public async Task<Exception?[]> HandleAsync(IReadOnlyList<BrokerMessage> messages, Lifetime lifetime)
    {
        var failures = new Exception?[messages.Count];
        var entries = new BulkEntryToApp?[messages.Count];

        for (var i = 0; i < messages.Count; i++)
            (entries[i], failures[i]) = await ReadAsync(i, messages[i], lifetime);

        foreach (var route in entries.OfType<BulkEntryToApp>().GroupBy(entry => entry.Path))
        {
            var routed = route.ToArray();
            var results = await BatchAttempts.RunAsync(policy, routed, (left, ct) => AttemptAsync(route.Key, left, ct), lifetime);
            for (var i = 0; i < routed.Length; i++)
                failures[routed[i].Place] = results[i];
        }

        // A stopping sidecar leaves the messages to the next one: a stop is no reason for dead letters.
        return lifetime.Stopping.IsCancellationRequested ? failures : await deadLetters.TakeAsync(messages, failures, lifetime.Aborted);
    }

    /// <summary>Neither an entry nor a failure: done with.</summary>
    private async Task<(BulkEntryToApp? Entry, Exception? Failure)> ReadAsync(int place, BrokerMessage message, Lifetime lifetime)
    {
        try
        {
            var head = subscription.IsRaw ? default : EventHead.Read(message.Data.Span);
            var path = subscription.PathFor(head.Type);

            if (path is not null && !head.HasExpired)
                return (new BulkEntryToApp(place, message, head, path), null);

            await deadLetters.TryTakeAsync(message, head.HasExpired ? "expired" : "no route", lifetime.Aborted);
            return (null, null);
        }
        catch (JsonException e)
        {
            return (null, new InvalidDataException($"not a CloudEvent: {e.Message}", e));
        }
    }

    private async Task<Exception?[]> AttemptAsync(string path, IReadOnlyList<BulkEntryToApp> entries, CancellationToken ct)
    {
        var spans = Start(entries);
        try
        {
            var last = entries[^1].Head;
            using var response = await app.DeliverAsync(
                path, BulkEnvelope.Write(subscription, entries), "application/json", subscription.PubSub, NoMetadata,
                spans?.LastOrDefault(span => span is not null)?.Id ?? last.Traceparent, last.Tracestate, ct);
            var status = (int)response.StatusCode;

            if (status == 404)
                return Dropped(entries, path);

            if (status is < 200 or > 299)
                throw new InvalidOperationException($"{path} answered {status}");

            return await ActOnAsync(AppAnswer.Statuses(await response.Content.ReadAsByteArrayAsync(ct), entries), entries, ct);
        }
        finally
        {
            foreach (var span in spans ?? [])
                span?.Dispose();
        }
    }

    /// <summary>As in Dapr: a batch that the app does not know is gone, dead-letter topic or not.</summary>
    private Exception?[] Dropped(IReadOnlyList<BulkEntryToApp> entries, string path)
    {
        log.LogWarning("{Topic}: {Count} messages dropped, {Path} answered 404", subscription.Topic, entries.Count, path);
        return new Exception?[entries.Count];
    }

    private async Task<Exception?[]> ActOnAsync(string?[] statuses, IReadOnlyList<BulkEntryToApp> entries, CancellationToken ct)
    {
        var failures = new Exception?[entries.Count];

        for (var i = 0; i < failures.Length; i++)
        {
            if (statuses[i] == "DROP")
                await deadLetters.TryTakeAsync(entries[i].Message, "the app answered DROP", ct);
            else if (statuses[i] != "SUCCESS")
                failures[i] = new InvalidOperationException($"the app answered with status \"{statuses[i]}\"");
        }

        return failures;
    }

    /// <summary>Each event goes on with its own trace.</summary>
    private Activity?[]? Start(IReadOnlyList<BulkEntryToApp> entries)
    {
        if (!Tracing.Source.HasListeners())
            return null;

        return [.. entries.Select(entry =>
        {
            var span = tracing.Start("deliver", subscription.Topic, ActivityKind.Consumer, entry.Head.Traceparent, entry.Head.Tracestate);
            // They stand side by side: the next one must not hang on this one.
            Activity.Current = null;
            return span;
        })];
    }
}
