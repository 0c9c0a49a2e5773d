using Microsoft.Extensions.Options;

namespace ChatApp.Gateway.RealTime;

/// <summary>One timer for all streams: heartbeats, expiry, and their end when the gateway stops.</summary>
internal sealed class StreamUpkeep(
    LiveStreams streams, RevokedSessions revoked, IOptions<StreamLimits> limits, TimeProvider time, IHostApplicationLifetime lifetime) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Before the server stops taking requests: it would wait for the streams to end.
        using var stopping = lifetime.ApplicationStopping.Register(streams.Stop);
        using var timer = new PeriodicTimer(limits.Value.Sweep, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            streams.Tend();
            revoked.Tend();
        }
    }
}
