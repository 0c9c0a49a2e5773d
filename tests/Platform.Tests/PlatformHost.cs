using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ChatApp.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Tests;

/// <summary>The smallest service: the defaults, and what a test adds to them.</summary>
internal sealed class PlatformHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private PlatformHost(WebApplication app, RecordedLog log) => (_app, Log) = (app, log);

    public RecordedLog Log { get; }

    public static async Task<PlatformHost> StartAsync(
        TestSidecar sidecar, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, bool openToClients = false, bool serves = true)
    {
        var log = new RecordedLog();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions
        {
            ApplicationName = typeof(PlatformHost).Assembly.GetName().Name,
            EnvironmentName = "Production",
        });
        builder.Configuration["APP_ID"] = "platform";
        builder.Configuration["APP_API_TOKEN"] = ServiceApi.AppToken;
        builder.Configuration["DAPR_API_TOKEN"] = ServiceApi.DaprToken;
        builder.Configuration["DAPR_HTTP_ENDPOINT"] = sidecar.HttpEndpoint;
        builder.Configuration["DAPR_GRPC_ENDPOINT"] = sidecar.GrpcEndpoint;
        builder.AddServiceDefaults();
        builder.WebHost.UseTestServer();
        builder.Logging.ClearProviders().AddProvider(log);
        add?.Invoke(builder);

        var app = builder.Build();
        app.UseServiceDefaults(openToClients);
        map?.Invoke(app);
        if (serves)
            await app.StartAsync();
        return new PlatformHost(app, log);
    }

    public T Get<T>()
        where T : notnull => _app.Services.GetRequiredService<T>();

    /// <summary>What the service's program does when these are its arguments.</summary>
    public async Task<(int Code, string Output, string Errors)> CommandAsync(params string[] arguments)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var code = await ServiceCommands.RunAsync(_app.Services, arguments, TextReader.Null, output, errors, TestContext.Current.CancellationToken);
        return (code, output.ToString(), errors.ToString());
    }

    /// <summary>A client that calls through the sidecar; as a user, where one is named.</summary>
    public HttpClient Client(Guid? userId = null, string appToken = ServiceApi.AppToken)
    {
        var client = _app.GetTestClient();
        client.DefaultRequestHeaders.Add("dapr-api-token", appToken);
        if (userId is { } id)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", TestTokens.For(id));
        return client;
    }

    /// <summary>Delivers events of a topic as one batch.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="events">What the broker had: JSON, but maybe no CloudEvents.</param>
    /// <returns>What the service says of each.</returns>
    public async Task<IReadOnlyList<string>> DeliverAsync(string topic, params IReadOnlyList<string> events)
    {
        using var client = Client();
        var entries = events.Select((sent, place) =>
            $$$"""{"entryId":"entry {{{place}}}","contentType":"application/cloudevents+json","metadata":{"partitionKey":"the-key"},"event":{{{sent}}}}""");
        var envelope =
            $$$"""{"id":"{{{Guid.NewGuid()}}}","type":"com.dapr.event.sent.bulk","topic":"{{{topic}}}","pubsubname":"pubsub","entries":[{{{string.Join(',', entries)}}}]}""";
        using var answer = await client.PostAsync($"/events/{topic}", new StringContent(envelope, Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        var statuses = (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("statuses").EnumerateArray()
            .ToDictionary(status => status.GetProperty("entryId").GetString()!, status => status.GetProperty("status").GetString()!);
        return [.. events.Select((_, place) => statuses[$"entry {place}"])];
    }

    /// <summary>Stops in good order. Without it, the end is that of a process that is killed.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public HttpClient ClientWithoutSidecar() => _app.GetTestClient();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
