using Npgsql;

namespace ChatApp.Auth.Sessions;

/// <summary>Forgets expired tokens now and then; how soon does not matter, because they are refused anyway.</summary>
internal sealed class ExpiredTokens(SessionStore sessions, TimeProvider time, ILogger<ExpiredTokens> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            try
            {
                await sessions.ForgetExpiredAsync(time.GetUtcNow(), stoppingToken);
            }
            catch (NpgsqlException exception)
            {
                logger.LogWarning("Expired refresh tokens stay until the next round: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
