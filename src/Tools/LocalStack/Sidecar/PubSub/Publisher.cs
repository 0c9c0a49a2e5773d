using System.Diagnostics;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Api;
using ChatApp.LocalStack.Sidecar.Policies;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>A pub/sub component as one app has it.</summary>
internal sealed record PubSubComponent(string Name, IBroker Broker, TopicScopes Scopes);

/// <summary>One app's side of publishing: envelope, scopes, policy, broker; errors in Dapr's words.</summary>
internal sealed class Publisher(string appId, IReadOnlyDictionary<string, PubSubComponent> components, ResiliencyPolicies policies, Tracing tracing)
{
    public async Task PublishAsync(
        string pubSub, string topic, ReadOnlyMemory<byte> data, string? contentType, IReadOnlyDictionary<string, string> metadata,
        TraceContext trace, CancellationToken ct)
    {
        Check(pubSub, topic);
        using var span = tracing.Start($"send {topic}", ActivityKind.Producer, trace.Parent, trace.State);
        var message = new BrokerMessage(pubSub, topic, Value(pubSub, topic, data, contentType, metadata, trace), metadata);
        await SendAsync(message, ct);
    }

    /// <summary>Gives a message to the broker as it is.</summary>
    public async Task SendAsync(BrokerMessage message, CancellationToken ct)
    {
        var component = components[message.PubSub];

        if (!component.Scopes.MayPublish(message.Topic))
            throw Fault(403, DaprError.PermissionDenied, "ERR_PUBSUB_FORBIDDEN", "DAPR_PUBSUB_FORBIDDEN",
                $"topic {message.Topic} is not allowed for app id {appId}", message);

        try
        {
            if (policies.Outbound(message.PubSub, "Pubsub") is { } policy)
                await policy.RunAsync(attempt => component.Broker.PublishAsync(message, attempt), ct);
            else
                await component.Broker.PublishAsync(message, ct);
        }
        catch (Exception e) when (e is BrokerException or TimeoutException or CircuitOpenException)
        {
            throw Fault(500, DaprError.Internal, "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE",
                $"error when publishing to topic {message.Topic} in pubsub {message.PubSub}: {e.Message}", message, e.Message);
        }
    }

    private static DaprError Fault(int http, int grpc, string code, string reason, string text, BrokerMessage message, string? error = null) =>
        DaprError.PubSub(http, grpc, code, reason, text, message.PubSub, withResource: true, ("topic", message.Topic), ("error", error ?? text));

    /// <exception cref="DaprError">The names do not point at a component and a topic.</exception>
    public void Check(string pubSub, string topic)
    {
        if (components.Count == 0)
            throw DaprError.PubSub(400, DaprError.FailedPrecondition, "ERR_PUBSUB_NOT_CONFIGURED", "DAPR_PUBSUB_NOT_CONFIGURED",
                $"pubsub {pubSub} is not configured", pubSub, withResource: false, ("appID", appId));

        if (pubSub.Length == 0)
            throw DaprError.PubSub(404, DaprError.InvalidArgument, "ERR_PUBSUB_EMPTY", "DAPR_PUBSUB_NAME_EMPTY",
                "pubsub name is empty", pubSub, withResource: true, ("appID", appId));

        if (!components.ContainsKey(pubSub))
            throw DaprError.PubSub(404, DaprError.InvalidArgument, "ERR_PUBSUB_NOT_FOUND", "DAPR_PUBSUB_NOT_FOUND",
                $"pubsub {pubSub} is not found", pubSub, withResource: false, ("appID", appId));

        if (topic.Length == 0)
            throw DaprError.PubSub(404, DaprError.InvalidArgument, "ERR_TOPIC_NAME_EMPTY", "DAPR_PUBSUB_TOPIC_NAME_EMPTY",
                $"topic is empty in pubsub {pubSub}", pubSub, withResource: true, ("appID", appId));
    }

    private ReadOnlyMemory<byte> Value(
        string pubSub, string topic, ReadOnlyMemory<byte> data, string? contentType, IReadOnlyDictionary<string, string> metadata, TraceContext trace)
    {
        if (IsRaw(pubSub, metadata))
            return data;

        try
        {
            return Envelope.Wrap(data.Span, contentType, appId, pubSub, topic, metadata, trace, expires: !components[pubSub].Broker.DropsExpired);
        }
        catch (JsonException e)
        {
            throw DaprError.PubSub(500, DaprError.InvalidArgument, "ERR_PUBSUB_CLOUD_EVENTS_SER", "DAPR_PUBSUB_CLOUD_EVENT_CREATION",
                "cannot create cloudevent", pubSub, withResource: true, ("appID", appId), ("error", e.Message));
        }
    }

    private static bool IsRaw(string pubSub, IReadOnlyDictionary<string, string> metadata) =>
        metadata.GetValueOrDefault("rawPayload") switch
        {
            null => false,
            "1" or "t" or "T" or "true" or "True" or "TRUE" => true,
            "0" or "f" or "F" or "false" or "False" or "FALSE" => false,
            var other => throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_REQUEST_METADATA", "DAPR_PUBSUB_METADATA_DESERIALIZATION",
                $"failed deserializing metadata. Error: rawPayload value must be a valid boolean: actual is '{other}'",
                pubSub, withResource: true, [.. metadata.Select(entry => (entry.Key, entry.Value))])
        };
}
