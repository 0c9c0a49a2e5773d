using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ChatApp.Platform.Database;

/// <summary>Migrates before the service listens: hosted services start in the order of their registration, the web server last.</summary>
internal sealed class MigrateAtStart(IServiceDatabase database, ILogger<MigrateAtStart> logger) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await database.MigrateAsync(
            step => logger.LogInformation("Applied migration {Name} to {Database}", step.Name, database.Name), cancellationToken);
        await database.CheckServiceAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
