using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using ChatApp.Contracts;
using ChatApp.Platform;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Xunit;

namespace ChatApp.Testing;

/// <summary>What all services under test share.</summary>
public static class ServiceApi
{
    public const string AppToken = "app-token-of-the-tests";
    public const string DaprToken = "dapr-token-of-the-tests";
}

/// <summary>
/// A service in this process, reached over HTTP as its sidecar reaches it, with a sidecar and, where it has one, a database of its own.
/// </summary>
/// <typeparam name="TEntryPoint">Any public type of the service's assembly.</typeparam>
/// <param name="appId">The service's app id, which is the name of its connection string too.</param>
/// <param name="database">What it stores to; null for a service without a database.</param>
public abstract class ServiceApi<TEntryPoint>(string appId, Func<Task<ITestDatabase>>? database = null) : WebApplicationFactory<TEntryPoint>, IAsyncLifetime
    where TEntryPoint : class
{
    private TestSidecar? _sidecar;

    public TestSidecar Sidecar => _sidecar ?? throw new InvalidOperationException("The fixture has not been initialised.");

    public ITestDatabase? Database { get; private set; }

    public RecordedEvents Published => Sidecar.Published;

    public virtual async ValueTask InitializeAsync()
    {
        _sidecar = await TestSidecar.StartAsync();
        Database = database is null ? null : await database();
        // Starts the host: a service that can't start fails here and not in the first test.
        StartServer();
    }

    /// <summary>A client that calls as this user, through the sidecar.</summary>
    public HttpClient ClientFor(Guid userId, Guid? sessionId = null)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(userId, sessionId));
        return client;
    }

    /// <summary>A client that nobody has signed in to.</summary>
    public HttpClient Anonymous()
    {
        var client = CreateClient();
        client.DefaultRequestHeaders.Add("dapr-api-token", ServiceApi.AppToken);
        return client;
    }

    /// <summary>Delivers an event as the sidecar does. The same <paramref name="id"/> twice is a duplicate.</summary>
    /// <returns>What the service says of it: <c>SUCCESS</c>, <c>RETRY</c> or <c>DROP</c>.</returns>
    public async Task<string> DeliverAsync<T>(T @event, Guid? id = null, DateTimeOffset? publishedAt = null)
        where T : IEvent => (await DeliverAsync(T.Topic, Delivery.Of(@event, id, publishedAt)))[0];

    /// <summary>Delivers what another service has published.</summary>
    public async Task<string> DeliverAsync(RecordedEvent published) => (await DeliverAsync(
        published.Topic, new Delivery(published.Type, published.Id, JsonSerializer.Deserialize<JsonElement>(published.Payload))))[0];

    /// <summary>Delivers events of a topic as one batch.</summary>
    /// <returns>What the service says of each.</returns>
    public async Task<IReadOnlyList<string>> DeliverAsync(string topic, params IReadOnlyList<Delivery> batch)
    {
        using var client = Anonymous();
        using var answer = await client.PostAsJsonAsync($"/events/{topic}", Delivery.Bulk(topic, batch));
        answer.EnsureSuccessStatusCode();
        var statuses = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("statuses").EnumerateArray()
            .ToDictionary(status => status.GetProperty("entryId").GetString()!, status => status.GetProperty("status").GetString()!);
        return [.. Enumerable.Range(0, batch.Count).Select(place => statuses[$"{place}"])];
    }

    /// <summary>What the service's program does when these are its arguments, on the same database and with the running service beside it.</summary>
    public Task<(int Code, string Output)> CommandAsync(string[] arguments, string input = "") => CommandAsync(arguments, new StringReader(input));

    /// <summary>The same, with an input that comes as it is read.</summary>
    public async Task<(int Code, string Output)> CommandAsync(string[] arguments, TextReader input)
    {
        var output = new StringWriter();
        var code = await ServiceCommands.RunAsync(Services, arguments, input, output, TextWriter.Null, TestContext.Current.CancellationToken);
        return (code, output.ToString());
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        if (Database is not null)
            await Database.DisposeAsync();
        if (_sidecar is not null)
            await _sidecar.DisposeAsync();

        GC.SuppressFinalize(this);
    }

    /// <summary>More settings than every service needs; a derived fixture adds its own.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string?>> Settings => [];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment("Production");
        foreach (var (key, value) in Settings.Concat(CommonSettings()))
            builder.UseSetting(key, value);
    }

    private IEnumerable<KeyValuePair<string, string?>> CommonSettings()
    {
        yield return new("APP_ID", appId);
        // Each watched file takes one of the few inotify instances that a user has; a machine full of test hosts runs out of them.
        yield return new("hostBuilder:reloadConfigOnChange", "false");
        yield return new("APP_API_TOKEN", ServiceApi.AppToken);
        yield return new("DAPR_API_TOKEN", ServiceApi.DaprToken);
        yield return new("DAPR_HTTP_ENDPOINT", Sidecar.HttpEndpoint);
        yield return new("DAPR_GRPC_ENDPOINT", Sidecar.GrpcEndpoint);
        if (Database is not null)
            yield return new($"ConnectionStrings:{appId}", Database.ConnectionString);
    }
}
