using System.Collections.Concurrent;
using ChatApp.LocalStack.Sidecar.PubSub;
using ChatApp.LocalStack.Sidecar.Resources;
using Dapr.Client.Autogen.Grpc.v1;

namespace ChatApp.LocalStack.Sidecar.Api;

/// <summary>What a sidecar says about itself.</summary>
internal sealed class SidecarMetadata(
    string appId, int? appPort, IReadOnlyList<Component> components, Func<IReadOnlyList<AppSubscription>> subscriptions)
{
    private const string Version = "local";

    private readonly ConcurrentDictionary<string, string> _extended = new() { ["daprRuntimeVersion"] = Version };

    public void Set(string key, string value) => _extended[key] = value;

    public object ToJson() => new
    {
        id = appId,
        runtimeVersion = Version,
        enabledFeatures = Array.Empty<string>(),
        actors = Array.Empty<object>(),
        components = components.Select(component => new
        {
            name = component.Name,
            type = component.Type,
            version = component.Version,
            capabilities = Array.Empty<string>()
        }),
        extended = _extended,
        subscriptions = subscriptions().Select(subscription => new
        {
            pubsubname = subscription.PubSub,
            topic = subscription.Topic,
            metadata = subscription.Metadata,
            rules = subscription.Routes.Select(route => new { match = route.Match, path = route.Path }),
            deadLetterTopic = subscription.DeadLetterTopic ?? "",
            type = subscription.Declarative ? "DECLARATIVE" : "PROGRAMMATIC"
        }),
        appConnectionProperties = new { port = appPort ?? 0, protocol = "http", channelAddress = "127.0.0.1" }
    };

    public GetMetadataResponse ToMessage()
    {
        var message = new GetMetadataResponse
        {
            Id = appId,
            RuntimeVersion = Version,
            AppConnectionProperties = new AppConnectionProperties { Port = appPort ?? 0, Protocol = "http", ChannelAddress = "127.0.0.1" }
        };
        message.ExtendedMetadata.Add(_extended);
        message.RegisteredComponents.Add(components.Select(component => new RegisteredComponents
        {
            Name = component.Name,
            Type = component.Type,
            Version = component.Version
        }));
        message.Subscriptions.Add(subscriptions().Select(ToMessage));
        return message;
    }

    private static PubsubSubscription ToMessage(AppSubscription subscription)
    {
        var message = new PubsubSubscription
        {
            PubsubName = subscription.PubSub,
            Topic = subscription.Topic,
            DeadLetterTopic = subscription.DeadLetterTopic ?? "",
            Type = subscription.Declarative ? PubsubSubscriptionType.Declarative : PubsubSubscriptionType.Programmatic,
            Rules = new PubsubSubscriptionRules()
        };
        message.Metadata.Add(subscription.Metadata.ToDictionary());
        message.Rules.Rules.Add(subscription.Routes.Select(route => new PubsubSubscriptionRule { Match = route.Match, Path = route.Path }));
        return message;
    }
}
