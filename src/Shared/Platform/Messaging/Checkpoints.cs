using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// The collection <c>checkpoints</c>: one document for each process that writes. Its counter shows that the process lives. One whose counter stands still, by
/// the watch of whoever looks and so whatever the clocks say, has died: what it changed since its checkpoint is published again.
/// </summary>
internal sealed class Checkpoints(IMongoDatabase db, Guid writer, TimeProvider time, ILogger logger)
{
    public const string Collection = "checkpoints";

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(2);

    /// <summary>No heartbeat for so long means that the process is gone.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);

    /// <summary>
    /// A process that stood still and went on may write once more before it dies. So its checkpoint is swept again after this time, and only then deleted.
    /// </summary>
    private static readonly TimeSpan Burial = TimeSpan.FromMinutes(5);

    private readonly IMongoCollection<Checkpoint> _checkpoints = db.GetCollection<Checkpoint>(Collection);
    private readonly Dictionary<Guid, Sighting> _seen = [];
    private TakeOver? _takeOver;

    /// <param name="published">All that this process changed before this time is published.</param>
    /// <param name="sweepAsync">Publishes again what a writer changed, and ends when that is done.</param>
    public async Task RunAsync(Func<DateTimeOffset> published, Func<Changed, CancellationToken, Task> sweepAsync, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        var (written, writtenAt, beat) = (default(DateTimeOffset), default(long?), 0L);
        try
        {
            do
            {
                try
                {
                    var (before, now) = (published(), time.GetTimestamp());
                    // At rest only the heartbeat is written.
                    var isBehind = before - written >= Interval && before < time.GetUtcNow() - Interval;
                    if (writtenAt is not { } last || isBehind || time.GetElapsedTime(last, now) >= HeartbeatInterval)
                    {
                        await WriteAsync(before, ++beat, ct);
                        (written, writtenAt) = (before, now);
                        await FindDeadAsync(sweepAsync, ct);
                    }
                }
                catch (Exception exception) when (exception is MongoException or TimeoutException)
                {
                    logger.LogWarning("The checkpoint of what is published can't be written now: {Reason}", exception.Message);
                }
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await EndAsync(published());
        }
    }

    private Task<ReplaceOneResult> WriteAsync(DateTimeOffset published, long beat, CancellationToken ct) => _checkpoints.ReplaceOneAsync(
        stored => stored.Id == writer, new Checkpoint(writer, published, beat, SweptAt: null), new ReplaceOptions { IsUpsert = true }, ct);

    /// <summary>Who stops with nothing left to publish leaves nothing to look for.</summary>
    private async Task EndAsync(DateTimeOffset published)
    {
        using var limit = new CancellationTokenSource(HeartbeatInterval);
        try
        {
            if (time.GetUtcNow() - published < Interval)
                await _checkpoints.DeleteOneAsync(stored => stored.Id == writer, limit.Token);
            else
                await WriteAsync(published, beat: long.MaxValue, limit.Token);
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException or OperationCanceledException)
        {
            logger.LogWarning("The last checkpoint can't be written, so some events will be published twice: {Reason}", exception.Message);
        }
    }

    private async Task FindDeadAsync(Func<Changed, CancellationToken, Task> sweepAsync, CancellationToken ct)
    {
        if (_takeOver is { } running && !await EndsAsync(running, ct))
            return;

        var others = await _checkpoints.Find(stored => stored.Id != writer).ToListAsync(ct);
        foreach (var gone in _seen.Keys.Except(others.Select(other => other.Id)).ToArray())
            _seen.Remove(gone);
        foreach (var other in others)
        {
            if (!_seen.TryGetValue(other.Id, out var sighting) || sighting.Beat != other.Beat)
                _seen[other.Id] = sighting = new Sighting(other.Beat, time.GetTimestamp());

            // Who stopped in good order said so.
            var silent = other.Beat == long.MaxValue ? TimeSpan.MaxValue : time.GetElapsedTime(sighting.Since);
            if (silent >= (other.SweptAt is null ? Silence : Burial) && await ClaimAsync(other, ct) is { } claimed)
            {
                logger.LogInformation("Publishing again what {Writer} changed since {PublishedBefore:O}", other.Id, other.PublishedBefore);
                _takeOver = new TakeOver(claimed, sweepAsync(new Changed(other.Id, other.PublishedBefore, DateTimeOffset.MaxValue), ct));
                return;
            }
        }
    }

    /// <summary>Of several that see a dead process, one takes over. Should that one die too, the counter stands still again.</summary>
    private async Task<Checkpoint?> ClaimAsync(Checkpoint dead, CancellationToken ct)
    {
        var claimed = dead with { Beat = Random.Shared.NextInt64(long.MaxValue / 2) };
        return await ReplaceAsync(dead, claimed, ct) ? claimed : null;
    }

    private async Task<bool> EndsAsync(TakeOver running, CancellationToken ct)
    {
        if (!running.Sweep.IsCompleted)
        {
            var next = running.Dead with { Beat = running.Dead.Beat + 1 };
            _takeOver = await ReplaceAsync(running.Dead, next, ct) ? running with { Dead = next } : running;
            return false;
        }

        _takeOver = null;
        if (!running.Sweep.IsCompletedSuccessfully)
            logger.LogWarning("What {Writer} left can't be published now: {Reason}", running.Dead.Id, running.Sweep.Exception?.InnerException?.Message);
        else if (running.Dead.SweptAt is null)
            await ReplaceAsync(running.Dead, running.Dead with { SweptAt = time.GetUtcNow() }, ct);
        else
            await _checkpoints.DeleteOneAsync(stored => stored.Id == running.Dead.Id && stored.Beat == running.Dead.Beat, ct);
        return true;
    }

    private async Task<bool> ReplaceAsync(Checkpoint from, Checkpoint to, CancellationToken ct) =>
        (await _checkpoints.ReplaceOneAsync(stored => stored.Id == from.Id && stored.Beat == from.Beat, to, cancellationToken: ct)).MatchedCount == 1;

    /// <param name="PublishedBefore">All that the process changed before is published.</param>
    /// <param name="Beat">Grows while the process lives.</param>
    /// <param name="SweptAt">When somebody published again what it left.</param>
    private sealed record Checkpoint(Guid Id, DateTimeOffset PublishedBefore, long Beat, DateTimeOffset? SweptAt);

    private sealed record Sighting(long Beat, long Since);

    private sealed record TakeOver(Checkpoint Dead, Task Sweep);
}
