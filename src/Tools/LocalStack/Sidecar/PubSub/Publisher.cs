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
    private static readonly IReadOnlyDictionary<string, string> NoMetadata = new Dictionary<string, string>();

    public async Task PublishAsync(
        string pubSub, string topic, ReadOnlyMemory<byte> data, string? contentType, IReadOnlyDictionary<string, string> metadata,
        TraceContext trace, CancellationToken ct)
    {
        Check(pubSub, topic);
        using var span = tracing.Start("send", topic, ActivityKind.Producer, trace.Parent, trace.State);
        var value = Value(pubSub, topic, data, contentType, IsRaw(pubSub, metadata), metadata, trace);
        var message = new BrokerMessage(pubSub, topic, value, metadata);

        if ((await SendAsync([message], NoMetadata, ct))[0] is { } failure)
            throw Fault(pubSub, topic, failure.Message);
    }

    /// <summary>Many messages of one topic in one request; some may fail.</summary>
    /// <returns>The entries that the broker did not take.</returns>
    /// <exception cref="DaprError">Nothing was published: the request is not as it has to be, or not allowed.</exception>
    public async Task<IReadOnlyList<BulkFailure>> PublishAsync(
        string pubSub, string topic, IReadOnlyList<BulkEntry> entries, IReadOnlyDictionary<string, string> metadata, TraceContext trace,
        CancellationToken ct)
    {
        Check(pubSub, topic);
        CheckIds(pubSub, topic, entries);
        using var span = tracing.Start("send", topic, ActivityKind.Producer, trace.Parent, trace.State);
        var raw = IsRaw(pubSub, metadata);
        var messages = new BrokerMessage[entries.Count];
        for (var i = 0; i < messages.Length; i++)
        {
            var value = Value(pubSub, topic, entries[i].Data, entries[i].ContentType, raw, entries[i].Metadata, trace);
            messages[i] = new BrokerMessage(pubSub, topic, value, entries[i].Metadata);
        }

        var failures = await SendAsync(messages, metadata, ct);
        return [.. entries.Zip(failures, (entry, failure) => failure is null ? null : new BulkFailure(entry.EntryId, failure.Message))
            .OfType<BulkFailure>()];
    }

    /// <summary>Gives messages of one topic to the broker as they are.</summary>
    /// <returns>For each why the broker did not take it, null where it has it.</returns>
    public async Task<Exception?[]> SendAsync(
        IReadOnlyList<BrokerMessage> messages, IReadOnlyDictionary<string, string> requestMetadata, CancellationToken ct)
    {
        if (messages.Count == 0)
            return [];

        var (pubSub, topic) = (messages[0].PubSub, messages[0].Topic);
        var component = components[pubSub];

        if (!component.Scopes.MayPublish(topic))
            throw DaprError.PubSub(403, DaprError.PermissionDenied, "ERR_PUBSUB_FORBIDDEN", "DAPR_PUBSUB_FORBIDDEN",
                $"topic {topic} is not allowed for app id {appId}", pubSub, withResource: true,
                ("topic", topic), ("error", $"topic {topic} is not allowed for app id {appId}"));

        var failures = await BatchAttempts.RunAsync(
            policies.Outbound(pubSub, "Pubsub"), messages,
            (left, attempt) => component.Broker.PublishAsync(left, requestMetadata, attempt), ct);
        ct.ThrowIfCancellationRequested();
        return failures;
    }

    /// <summary>That a publish failed.</summary>
    public static DaprError Fault(string pubSub, string topic, string error) =>
        DaprError.PubSub(500, DaprError.Internal, "ERR_PUBSUB_PUBLISH_MESSAGE", "DAPR_PUBSUB_PUBLISH_MESSAGE",
            $"error when publishing to topic {topic} in pubsub {pubSub}: {error}", pubSub, withResource: true,
            ("topic", topic), ("error", error));

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

    private static void CheckIds(string pubSub, string topic, IReadOnlyList<BulkEntry> entries)
    {
        var ids = new HashSet<string>(entries.Count);
        if (!entries.All(entry => entry.EntryId.Length > 0 && ids.Add(entry.EntryId)))
            throw DaprError.PubSub(400, DaprError.InvalidArgument, "ERR_PUBSUB_EVENTS_SER", "DAPR_PUBSUB_MARSHAL_EVENTS",
                $"error marshaling events to bytes for topic {topic} pubsub {pubSub}. "
                + "error: entryId is duplicated or not present for entry", pubSub, withResource: true);
    }

    private ReadOnlyMemory<byte> Value(
        string pubSub, string topic, ReadOnlyMemory<byte> data, string? contentType, bool raw, IReadOnlyDictionary<string, string> metadata,
        TraceContext trace)
    {
        if (raw)
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
