using System.Net.Http.Headers;
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
        TestSidecar sidecar, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, bool openToClients = false)
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

    public HttpClient ClientWithoutSidecar() => _app.GetTestClient();

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
