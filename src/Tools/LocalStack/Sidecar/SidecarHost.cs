using Microsoft.Extensions.Logging;

namespace ChatApp.LocalStack.Sidecar;

/// <summary>The sidecars of all apps of one machine, in this process.</summary>
internal sealed class SidecarHost : IAsyncDisposable
{
    private readonly SharedParts _shared;

    private SidecarHost(SharedParts shared, IReadOnlyList<AppSidecar> sidecars) => (_shared, Sidecars) = (shared, sidecars);

    public IReadOnlyList<AppSidecar> Sidecars { get; }

    /// <summary>What the files ask for without effect here.</summary>
    public IReadOnlyList<string> Notices => _shared.Notices;

    /// <exception cref="Resources.ResourceException">A file asks for something that this sidecar does not do.</exception>
    public static async Task<SidecarHost> StartAsync(SidecarOptions options, ILogger log)
    {
        var shared = new SharedParts(options);
        var host = new SidecarHost(shared, [.. options.Apps.Select(app => new AppSidecar(app, options, shared, log))]);

        foreach (var sidecar in host.Sidecars)
            await sidecar.StartAsync();

        return host;
    }

    /// <summary>Done when each sidecar was told to stop through its own API; each goes as it is told.</summary>
    public Task WhenAllStoppedAsync() => Task.WhenAll(Sidecars.Select(async sidecar =>
    {
        await sidecar.Stopped;
        await sidecar.DisposeAsync();
    }));

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Sidecars.Select(sidecar => sidecar.DisposeAsync().AsTask()));
        _shared.Dispose();
    }
}
