using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using ChatApp.LocalStack.Sidecar.Resources;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar.PubSub;

/// <summary>Asks an app, once, which topics it wants to hear.</summary>
internal sealed class SubscriptionDiscovery(string appId, AppChannel app, ILogger log)
{
    private const int Retries = 3;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly JsonSerializerOptions CaseInsensitive = new(JsonSerializerDefaults.Web);

    public async Task WaitForPortAsync(CancellationToken ct)
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, app.Port, ct);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(Pause, ct);
            }
        }
    }

    /// <summary>What the app says wins over the files, topic by topic; anything but a readable 200 means that it says nothing.</summary>
    public async Task<IReadOnlyList<AppSubscription>> AskAsync(IEnumerable<SubscriptionResource> declared, CancellationToken ct)
    {
        (await GetAsync("/dapr/config", ct)).Dispose();
        using var answer = await GetAsync("/dapr/subscribe", ct);
        var programmatic = await ReadAsync(answer, ct);

        var subscriptions = new Dictionary<(string, string), AppSubscription>();
        foreach (var subscription in programmatic.Select(spec => From(spec, declarative: false)).OfType<AppSubscription>())
            subscriptions[(subscription.PubSub, subscription.Topic)] = subscription;

        foreach (var subscription in declared.Where(resource => resource.IsFor(appId)).Select(resource => From(resource.Spec, declarative: true)))
        {
            if (subscription is not null)
                subscriptions.TryAdd((subscription.PubSub, subscription.Topic), subscription);
        }

        return [.. subscriptions.Values];
    }

    private AppSubscription? From(SubscriptionSpec spec, bool declarative)
    {
        var subscription = AppSubscription.From(spec, declarative);

        if (subscription is null)
            log.LogWarning("{App}: the subscription of {PubSub}/{Topic} has no route and is left out", appId, spec.Pubsubname, spec.Topic);

        return subscription;
    }

    private async Task<List<SubscriptionSpec>> ReadAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if (answer.StatusCode != HttpStatusCode.OK)
        {
            if (answer.StatusCode != HttpStatusCode.NotFound)
                log.LogWarning("{App}: /dapr/subscribe answered {Status}, so the app has no subscriptions", appId, (int)answer.StatusCode);

            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<List<SubscriptionSpec>>(await answer.Content.ReadAsByteArrayAsync(ct), CaseInsensitive) ?? [];
        }
        catch (JsonException e)
        {
            log.LogWarning("{App}: /dapr/subscribe cannot be read ({Reason}), so the app has no subscriptions", appId, e.Message);
            return [];
        }
    }

    private async Task<HttpResponseMessage> GetAsync(string path, CancellationToken ct)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await app.GetAsync(path, appId, ct);
            }
            catch (HttpRequestException) when (attempt < Retries)
            {
                await Task.Delay(Pause * (1 << (2 * attempt)), ct);
            }
        }
    }
}
