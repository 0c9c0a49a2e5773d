using ChatApp.Platform.Database;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;
using Npgsql;

namespace ChatApp.Platform.Messaging;

/// <summary>Counts what is stored of messaging, for the metrics, and deletes what has served.</summary>
internal sealed class MessagingUpkeep(
    IOutbox outbox, IDeadLetterStore letters, Subscriptions subscriptions, MessagingMetrics metrics, TimeProvider time, ILogger<MessagingUpkeep> logger,
    PostgresInbox? inbox = null) : BackgroundService
{
    /// <summary>
    /// A broker delivers again what it still keeps: Kafka keeps seven days unless it is told otherwise, and this is twice that. A letter that was replayed, and
    /// the failures of an event that succeeded in the end, are kept as long.
    /// </summary>
    public static readonly TimeSpan Retention = TimeSpan.FromDays(14);

    private static readonly TimeSpan CountInterval = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ForgetInterval = TimeSpan.FromHours(1);

    private DateTimeOffset _forgets = DateTimeOffset.MinValue;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(CountInterval);
        do
        {
            try
            {
                await CountAsync(stoppingToken);
                if (subscriptions.Any && time.GetUtcNow() >= _forgets)
                    await ForgetAsync(stoppingToken);
            }
            catch (Exception exception) when (exception is NpgsqlException or MongoException or TimeoutException)
            {
                logger.LogWarning("Outbox and dead letters are not counted: {Reason}", exception.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task CountAsync(CancellationToken ct)
    {
        metrics.Outbox = await outbox.BacklogAsync(ct);
        if (subscriptions.Any)
            metrics.DeadLetters = await letters.CountAsync(ct);
    }

    private async Task ForgetAsync(CancellationToken ct)
    {
        var before = time.GetUtcNow() - Retention;
        await letters.ForgetAsync(before, ct);
        if (inbox is not null)
            await inbox.ForgetAsync(before, ct);
        _forgets = time.GetUtcNow() + ForgetInterval;
    }
}

/// <summary>What was handled, so that it is not handled again.</summary>
internal sealed class PostgresInbox(NpgsqlDataSource db)
{
    private const int Portion = 5000;

    /// <summary>In portions, so that no lock is held for long.</summary>
    public async Task ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        int deleted;
        do
        {
            deleted = await db.ExecuteAsync(
                "DELETE FROM inbox_events WHERE event_id IN (SELECT event_id FROM inbox_events WHERE handled_at < @before ORDER BY handled_at LIMIT @Portion)",
                new { before, Portion },
                ct);
        }
        while (deleted == Portion);
    }
}
