extern alias auth;
extern alias chat;
extern alias gateway;
extern alias notification;
extern alias user;
using ChatApp.Testing;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChatApp.Architecture.Tests;

/// <summary>A service's routes and its policy for those that say nothing of their own.</summary>
public sealed record RunningService(string AppId, IReadOnlyList<RouteEndpoint> Routes, AuthorizationPolicy? FallbackPolicy);

/// <summary>All services, started for what only a running one knows: its routes.</summary>
public sealed class RunningServices : IAsyncLifetime
{
    private readonly List<IAsyncDisposable> _hosts = [];
    private readonly List<RunningService> _services = [];

    public IReadOnlyList<RunningService> All => _services;

    public async ValueTask InitializeAsync()
    {
        await StartAsync("auth", new Host<auth::Program>("auth", async () => await PostgresDatabase.CreateAsync()));
        await StartAsync("user", new Host<user::Program>("user", async () => await PostgresDatabase.CreateAsync()));
        await StartAsync("chat", new Host<chat::Program>("chat", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase())));
        await StartAsync("notification", new Host<notification::Program>("notification", () => Task.FromResult<ITestDatabase>(new MongoTestDatabase())));
        await StartAsync("gateway", new Host<gateway::Program>("gateway"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
            await host.DisposeAsync();
    }

    private async Task StartAsync<T>(string appId, Host<T> host)
        where T : class
    {
        _hosts.Add(host);
        await host.InitializeAsync();
        _services.Add(new RunningService(
            appId,
            [.. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()],
            host.Services.GetRequiredService<IOptions<AuthorizationOptions>>().Value.FallbackPolicy));
    }

    private sealed class Host<T>(string appId, Func<Task<ITestDatabase>>? database = null) : ServiceApi<T>(appId, database)
        where T : class
    {
        protected override IEnumerable<KeyValuePair<string, string?>> Settings => [new("Keys:Passphrase", "passphrase-of-the-tests")];
    }
}
