using System.Net;
using ChatApp.LocalStack.Sidecar.Api;
using ChatApp.LocalStack.Sidecar.Invocation;
using ChatApp.LocalStack.Sidecar.Policies;
using ChatApp.LocalStack.Sidecar.PubSub;
using ChatApp.LocalStack.Sidecar.Secrets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>The sidecar of one app instance: its two ports and everything behind them.</summary>
internal sealed class AppSidecar : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly AppOptions _app;
    private readonly AppChannel? _channel;
    private readonly AppDirectory _directory;
    private readonly AppSubscriptions? _subscriptions;
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _disposed;

    public AppSidecar(AppOptions app, SidecarOptions options, SharedParts shared, ILogger log)
    {
        (_app, _directory, ApiToken) = (app, shared.Directory, options.ApiToken);

        var view = shared.ViewOf(app.AppId);
        var policies = new ResiliencyPolicies(shared.Resources.Resiliencies, app.AppId, TimeProvider.System);

        Tracing = new Tracing(app.AppId, shared.Resources.Configuration.Tracing);
        Publisher = new Publisher(app.AppId, view.PubSubs, policies, Tracing);
        Secrets = new SecretsApi(view.SecretStores, new SecretScopes(shared.Resources.Configuration.Secrets));
        Invoker = new Invoker(
            app.AppId, _directory, policies, Tracing, denied: shared.Resources.Configuration.AccessControl is { DefaultAction: "deny" });
        Metadata = new SidecarMetadata(app.AppId, app.AppPort, view.Components, () => _subscriptions?.Active ?? []);

        if (app.AppPort is { } port)
        {
            _channel = new AppChannel(port, options.AppToken, shared.Http);
            _subscriptions = new AppSubscriptions(
                app.AppId, _channel, view.PubSubs, shared.Resources.Subscriptions, Publisher, policies, Tracing, options, log);
        }

        _server = Build();
    }

    public string AppId => _app.AppId;
    public string? ApiToken { get; }
    public Publisher Publisher { get; }
    public SecretsApi Secrets { get; }
    public SidecarMetadata Metadata { get; }
    public Invoker Invoker { get; }
    public Tracing Tracing { get; }
    public int HttpPort { get; private set; }
    public int GrpcPort { get; private set; }

    /// <summary>Null once everything that the app needs from its sidecar works.</summary>
    public string? NotReady => _subscriptions switch
    {
        null or { Ready: true } => null,
        { Fault: { } fault } => fault,
        _ => "app subscriptions"
    };

    /// <summary>Done when this sidecar was asked to stop through its API.</summary>
    public Task Stopped => _stopped.Task;

    public async Task StartAsync()
    {
        await _server.StartAsync();
        var ports = _server.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>()
            .Addresses.Select(address => new Uri(address).Port).Distinct().ToList();
        (HttpPort, GrpcPort) = (ports[0], ports[1]);

        _directory.Add(AppId, _channel);
        _subscriptions?.Start();
    }

    /// <summary>What the brokers have for this app and is not handled yet.</summary>
    public Task<IReadOnlyList<Waiting>> WaitingAsync(CancellationToken ct) => _subscriptions?.WaitingAsync(ct) ?? Task.FromResult<IReadOnlyList<Waiting>>([]);

    public Task RequestStop()
    {
        _stopped.TrySetResult();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
            return;

        _directory.Remove(AppId, _channel);

        if (_subscriptions is not null)
            await _subscriptions.DisposeAsync();

        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await _server.StopAsync(limit.Token);
        await _server.DisposeAsync();
        _stopped.TrySetResult();
    }

    private WebApplication Build()
    {
        var http = new HttpApi(this);
        var grpc = new GrpcApi(this);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());

        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            // Checked where a body is read: Kestrel would cut the connection before the caller has read the answer.
            kestrel.Limits.MaxRequestBodySize = null;
            // Dapr's read buffer of 4 KiB, and what its HTTP library allows beyond.
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 << 10;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            Listen(kestrel, _app.HttpPort, HttpProtocols.Http1, http.HandleAsync);
            Listen(kestrel, _app.GrpcPort, HttpProtocols.Http2, grpc.HandleAsync);
        });

        var app = builder.Build();
        app.Run(context => context.Features.GetRequiredFeature<RequestDelegate>()(context));
        return app;
    }

    /// <summary>Which of the two APIs a request is for goes with its connection.</summary>
    private static void Listen(KestrelServerOptions kestrel, int port, HttpProtocols protocols, RequestDelegate handler)
    {
        if (port == 0)
            kestrel.Listen(IPAddress.Loopback, 0, Configure);
        else
            kestrel.ListenLocalhost(port, Configure);

        void Configure(ListenOptions listen)
        {
            listen.Protocols = protocols;
            listen.Use(next => connection =>
            {
                connection.Features.Set(handler);
                return next(connection);
            });
        }
    }
}
