extern alias auth;
extern alias chat;
extern alias notification;
extern alias user;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Testing;

namespace ChatApp.Gateway.Tests;

/// <summary>A service as it is, on a database of its own.</summary>
internal sealed class RunningApp<TEntryPoint>(string appId, Func<Task<ITestDatabase>>? database = null) : ServiceApi<TEntryPoint>(appId, database)
    where TEntryPoint : class
{
    protected override IEnumerable<KeyValuePair<string, string?>> Settings => [new("Keys:Passphrase", "passphrase-of-the-tests"), new("Inbox:BatchInterval", "00:00:00")];
}

/// <summary>Somebody who has signed up.</summary>
internal sealed record Person(HttpClient Client, Guid Id, string RefreshToken);

/// <summary>All five services in this process. Events and invocations go from one to the other as sidecars and broker would take them.</summary>
public sealed class WholeSystem : IAsyncLifetime
{
    private readonly RunningApp<auth::Program> _auth = new("auth", async () => await PostgresDatabase.CreateAsync());
    private readonly RunningApp<user::Program> _user = new("user", async () => await PostgresDatabase.CreateAsync());
    private readonly RunningApp<chat::Program> _chat = new("chat", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase()));
    private readonly RunningApp<notification::Program> _notification = new("notification", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase()));
    private readonly RunningApp<Program> _gateway = new("gateway");
    private readonly CancellationTokenSource _stopped = new();
    private Task _delivering = Task.CompletedTask;

    /// <summary>Deliveries that a service did not take.</summary>
    public ConcurrentQueue<string> Refused { get; } = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Task.WhenAll(
            _auth.InitializeAsync().AsTask(), _user.InitializeAsync().AsTask(), _chat.InitializeAsync().AsTask(),
            _notification.InitializeAsync().AsTask(), _gateway.InitializeAsync().AsTask());
        foreach (var sidecar in (TestSidecar[])[_auth.Sidecar, _user.Sidecar, _chat.Sidecar, _notification.Sidecar, _gateway.Sidecar])
        {
            sidecar.Route("auth", _auth.Server.CreateHandler());
            sidecar.Route("user", _user.Server.CreateHandler());
            sidecar.Route("chat", _chat.Server.CreateHandler());
            sidecar.Route("notification", _notification.Server.CreateHandler());
        }

        var subscribers = await Task.WhenAll(
            SubscriberAsync(_user, _user.DeliverAsync), SubscriberAsync(_chat, _chat.DeliverAsync),
            SubscriberAsync(_notification, _notification.DeliverAsync), SubscriberAsync(_gateway, _gateway.DeliverAsync));
        _delivering = Task.WhenAll(((RecordedEvents[])[_auth.Published, _user.Published, _chat.Published, _notification.Published])
            .Select(published => CarryAsync(published, subscribers)));
    }

    public HttpClient Client() => _gateway.CreateClient();

    /// <summary>Signs up through the public API.</summary>
    internal async Task<Person> RegisterAsync(string displayName)
    {
        var client = Client();
        var username = $"{displayName}_{Guid.NewGuid():N}"[..20];
        var response = await client.PostAsJsonAsync(
            "/api/auth/register", new { email = $"{username}@example.org", username, displayName, password = "correct horse battery" }, Cancel);
        Assert.True(response.StatusCode == HttpStatusCode.Created, await response.Content.ReadAsStringAsync(Cancel));
        var signedIn = await response.Content.ReadFromJsonAsync<JsonElement>(Cancel);
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", signedIn.GetProperty("accessToken").GetString());
        return new Person(client, signedIn.GetProperty("userId").GetGuid(), signedIn.GetProperty("refreshToken").GetString()!);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _delivering.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var app in (IAsyncDisposable[])[_gateway, _chat, _notification, _user, _auth])
            await app.DisposeAsync();

        _stopped.Dispose();
    }

    /// <summary>Asks a service for its topics, as its sidecar does.</summary>
    private static async Task<Subscriber> SubscriberAsync<T>(RunningApp<T> app, Func<RecordedEvent, Task<string>> deliver)
        where T : class
    {
        var subscriptions = JsonDocument.Parse(await app.Anonymous().GetStringAsync("/dapr/subscribe", Cancel)).RootElement;
        return new Subscriber([.. subscriptions.EnumerateArray().Select(subscription => subscription.GetProperty("topic").GetString()!)], deliver);
    }

    private async Task CarryAsync(RecordedEvents published, IReadOnlyList<Subscriber> subscribers)
    {
        await foreach (var recorded in published.FollowAsync(_stopped.Token))
        {
            foreach (var subscriber in subscribers.Where(subscriber => subscriber.Topics.Contains(recorded.Topic)))
            {
                if (await subscriber.Deliver(recorded) is not "SUCCESS" and var status)
                    Refused.Enqueue($"{recorded.Type}: {status}");
            }
        }
    }

    private sealed record Subscriber(HashSet<string> Topics, Func<RecordedEvent, Task<string>> Deliver);
}
