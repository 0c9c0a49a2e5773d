using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>All that one app instance hears: from the wait for its port to the last consumer's end.</summary>
internal sealed class AppSubscriptions(
    string appId, AppChannel app, IReadOnlyDictionary<string, PubSubComponent> components, IReadOnlyList<SubscriptionResource> declared,
    Publisher publisher, ResiliencyPolicies policies, Tracing tracing, SidecarOptions options, ILogger log) : IAsyncDisposable
{
    private static readonly TimeSpan LatenessLimit = TimeSpan.FromMilliseconds(20);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<IBrokerConsumer> _consumers = [];
    private Task _start = Task.CompletedTask;

    public IReadOnlyList<AppSubscription> Active { get; private set; } = [];

    /// <summary>True once the app listens and each of its components consumes: nothing published from now on is missed.</summary>
    public bool Ready { get; private set; }

    /// <summary>Why it will never be ready.</summary>
    public string? Fault { get; private set; }

    /// <summary>What the brokers have for this app.</summary>
    public async Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct) =>
        Ready ? [.. (await Task.WhenAll(_consumers.Select(consumer => consumer.WaitingAsync(ct)))).SelectMany(waiting => waiting)] : [];

    public void Start() => _start = Task.Run(() => StartAsync(_stop.Token));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _start.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Task.WhenAll(_consumers.Select(consumer => consumer.DisposeAsync().AsTask()));
        _stop.Dispose();
    }

    private async Task StartAsync(CancellationToken ct)
    {
        try
        {
            var discovery = new SubscriptionDiscovery(appId, app, log);
            await discovery.WaitForPortAsync(ct);

            if (components.Count > 0)
                await SubscribeAsync(await discovery.AskAsync(declared, ct), ct);

            Ready = true;
        }
        catch (Exception e) when (e is ResourceException or HttpRequestException)
        {
            Fault = e.Message;
            log.LogError("{App}: {Reason}", appId, e.Message);
        }
    }

    private async Task SubscribeAsync(IReadOnlyList<AppSubscription> wanted, CancellationToken ct)
    {
        Active = [.. wanted.Where(IsAllowed)];

        foreach (var group in Active.GroupBy(subscription => subscription.PubSub))
        {
            var subscribers = group.Select(subscription => new Subscriber(subscription, HandlerOf(subscription))).ToList();
            _consumers.Add(components[group.Key].Broker.Consume(subscribers, log));
        }

        await Task.WhenAll(_consumers.Select(consumer => consumer.Ready)).WaitAsync(ct);

        foreach (var subscription in Active)
            log.LogInformation("{App} hears {PubSub}/{Topic}", appId, subscription.PubSub, subscription.Topic);
    }

    /// <summary>The way to the app, never with an exception, and with the faults that are wanted.</summary>
    private Handler HandlerOf(AppSubscription subscription)
    {
        var deadLetters = new DeadLetters(subscription, publisher, log);
        var policy = policies.Inbound(subscription.PubSub, "Pubsub");
        var single = new Delivery(subscription, app, policy, deadLetters, tracing, log);
        var bulk = new BulkDelivery(subscription, app, policy, deadLetters, tracing, log);
        return async (messages, lifetime) =>
        {
            try
            {
                return await WithFaultsAsync(subscription.Bulk is null ? single.HandleAsync : bulk.HandleAsync, messages, lifetime);
            }
            catch (Exception e)
            {
                return [.. messages.Select(_ => e)];
            }
        };
    }

    private async Task<Exception?[]> WithFaultsAsync(Handler handle, IReadOnlyList<BrokerMessage> messages, Lifetime lifetime)
    {
        if (Falls(options.LateShare))
            await Task.Delay(LatenessLimit * Random.Shared.NextDouble(), lifetime.Stopping);

        var failures = await handle(messages, lifetime);

        return Falls(options.DuplicateShare) && Array.TrueForAll(failures, failure => failure is null)
            ? await handle(messages, lifetime)
            : failures;
    }

    private static bool Falls(double share) => share > 0 && Random.Shared.NextDouble() < share;

    private bool IsAllowed(AppSubscription subscription)
    {
        if (!components.TryGetValue(subscription.PubSub, out var component))
            log.LogError("{App}: there is no component {PubSub} for it, {Topic} is not subscribed", appId, subscription.PubSub, subscription.Topic);
        else if (!component.Scopes.MaySubscribe(subscription.Topic))
            log.LogError("{App} may not subscribe to {PubSub}/{Topic}", appId, subscription.PubSub, subscription.Topic);
        else
            return true;

        return false;
    }
}
