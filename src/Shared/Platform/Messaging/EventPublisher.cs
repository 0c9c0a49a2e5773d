using System.Diagnostics;
using System.Text;
using ChatApp.Platform.Telemetry;
using Dapr.Client;

namespace ChatApp.Platform.Messaging;

/// <summary>Hands stored events to the sidecar, which answers when the broker has them.</summary>
public sealed class EventPublisher(DaprClient dapr, MessagingMetrics metrics)
{
    /// <summary>The Dapr component that all services publish to.</summary>
    public const string PubSub = "pubsub";

    /// <exception cref="Dapr.DaprException">The sidecar or the broker did not take it; nothing says that it was not stored, so publish it again.</exception>
    public async Task PublishAsync(OutboxEvent stored, CancellationToken ct)
    {
        var metadata = new Dictionary<string, string>(4)
        {
            ["partitionKey"] = stored.Key,
            ["cloudevent.id"] = stored.Id.ToString(),
            ["cloudevent.type"] = stored.Type,
        };
        // The way to the broker belongs to the trace of the change, however late it is taken, and the readers' spans hang on it.
        using var activity = ServiceTelemetry.Source.StartActivity($"publish {stored.Topic}", ActivityKind.Producer, stored.TraceParent);
        activity?.SetTag("messaging.destination.name", stored.Topic).SetTag("messaging.message.id", stored.Id);
        if ((activity?.Id ?? stored.TraceParent) is { } traceParent)
            metadata["cloudevent.traceparent"] = traceParent;

        try
        {
            await dapr.PublishByteEventAsync(PubSub, stored.Topic, Encoding.UTF8.GetBytes(stored.Payload), "application/json", metadata, ct);
            metrics.Published(stored.Topic);
        }
        catch (Exception exception) when (!ct.IsCancellationRequested)
        {
            activity?.SetStatus(ActivityStatusCode.Error, exception.Message);
            metrics.Refused(stored.Topic);
            throw;
        }
    }
}
