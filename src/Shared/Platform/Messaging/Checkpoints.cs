using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// The collection <c>checkpoints</c>: one document for each process that writes. Its counter shows that the process lives. One whose counter stands still, by
/// the watch of whoever looks and so whatever the clocks say, has died: what it changed since its checkpoint is published again.
/// </summary>
internal sealed class Checkpoints(IMongoDatabase db, TimeProvider time, ILogger logger)
{
    private const string Collection = "checkpoints";

    /// <summary>In place of a counter: the process has ended in good order.</summary>
    private const long Ended = long.MaxValue;

    /// <summary>
    /// Who sees the same counter so many times has seen a dead process. By time alone, a store that was away for a while would make everybody dead to everybody.
    /// </summary>
    private const int LooksOfDeath = 4;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(2);

    /// <summary>
    /// A process that stood still and went on may write once more before it dies. So what it changed is looked for again after this time, and only then forgotten.
    /// </summary>
    private static readonly TimeSpan Burial = TimeSpan.FromMinutes(5);

    private readonly IMongoCollection<Checkpoint> _checkpoints = db.GetCollection<Checkpoint>(Collection);
    private readonly Dictionary<Guid, Sighting> _seen = [];
    private readonly Dictionary<Guid, TakeOver> _takeOvers = [];
    private long _beat;

    /// <summary>This process.</summary>
    public Guid Writer { get; } = Guid.CreateVersion7();

    /// <summary>Says that this process lives.</summary>
    /// <param name="published">All that it changed before this time is published.</param>
    /// <param name="ct">Ends the attempt.</param>
    public Task WriteAsync(DateTimeOffset published, CancellationToken ct) => WriteAsync(published, ++_beat, ct);

    /// <summary>The last word of a process that ends.</summary>
    /// <param name="oldest">When the oldest change began that is not published; null when everything is.</param>
    public async Task EndAsync(DateTimeOffset? oldest)
    {
        using var limit = new CancellationTokenSource(LastWord);
        try
        {
            if (oldest is { } from)
                await WriteAsync(from, Ended, limit.Token);
            else
                await _checkpoints.DeleteOneAsync(stored => stored.Id == Writer, limit.Token);
        }
        catch (Exception exception)
        {
            logger.LogWarning("The last checkpoint can't be written, so some events will be published twice: {Reason}", exception.Message);
        }
    }

    /// <param name="published">All that this process changed before this time is published.</param>
    /// <param name="publishAgainAsync">Publishes what a writer changed since a time, and ends when that is done.</param>
    /// <param name="ct">Ends it.</param>
    public async Task RunAsync(Func<DateTimeOffset> published, Func<Guid, DateTimeOffset, CancellationToken, Task> publishAgainAsync, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await WriteAsync(published(), ct);
                await LookAsync(publishAgainAsync, ct);
            }
            catch (Exception exception) when (!ct.IsCancellationRequested)
            {
                logger.LogWarning("The checkpoint of what is published can't be written now: {Reason}", exception.Message);
            }
        }
    }

    private async Task LookAsync(Func<Guid, DateTimeOffset, CancellationToken, Task> publishAgainAsync, CancellationToken ct)
    {
        var others = await _checkpoints.Find(stored => stored.Id != Writer).ToListAsync(ct);
        foreach (var gone in _seen.Keys.Except(others.Select(other => other.Id)).ToArray())
        {
            _seen.Remove(gone);
            _takeOvers.Remove(gone);
        }

        foreach (var other in others)
        {
            if (_takeOvers.TryGetValue(other.Id, out var takeOver))
            {
                await GoOnAsync(takeOver, ct);
            }
            else if (IsDead(other) && await ClaimAsync(other, ct) is { } claimed)
            {
                logger.LogInformation("Publishing again what {Writer} changed since {PublishedBefore:O}", other.Id, other.PublishedBefore);
                _takeOvers[other.Id] = new TakeOver(
                    claimed, InGoodOrder: other.Beat == Ended, publishAgainAsync(other.Id, other.PublishedBefore, ct));
            }
        }
    }

    private bool IsDead(Checkpoint other)
    {
        if (!_seen.TryGetValue(other.Id, out var sighting) || sighting.Beat != other.Beat)
            _seen[other.Id] = sighting = new Sighting(other.Beat, 0, time.GetTimestamp());
        _seen[other.Id] = sighting = sighting with { Looks = sighting.Looks + 1 };
        return other switch
        {
            { Beat: Ended } => true,
            { SweptAt: null } => sighting.Looks >= LooksOfDeath,
            _ => time.GetElapsedTime(sighting.Since) >= Burial,
        };
    }

    /// <summary>Of several that see a dead process, one takes over. Should that one die too, the counter stands still again.</summary>
    private async Task<Checkpoint?> ClaimAsync(Checkpoint dead, CancellationToken ct)
    {
        var claimed = dead with { Beat = Random.Shared.NextInt64(Ended / 2) };
        return await ReplaceAsync(dead, claimed, ct) ? claimed : null;
    }

    private async Task GoOnAsync(TakeOver running, CancellationToken ct)
    {
        if (!running.Sweep.IsCompleted)
        {
            var next = running.Dead with { Beat = running.Dead.Beat + 1 };
            if (await ReplaceAsync(running.Dead, next, ct))
                _takeOvers[next.Id] = running with { Dead = next };
            return;
        }

        if (!running.Sweep.IsCompletedSuccessfully)
            logger.LogWarning("What {Writer} left can't be published now: {Reason}", running.Dead.Id, running.Sweep.Exception?.InnerException?.Message);
        else if (running.Dead.SweptAt is null && !running.InGoodOrder)
            await ReplaceAsync(running.Dead, running.Dead with { SweptAt = time.GetUtcNow() }, ct);
        else
            await _checkpoints.DeleteOneAsync(stored => stored.Id == running.Dead.Id && stored.Beat == running.Dead.Beat, ct);
        _takeOvers.Remove(running.Dead.Id);
    }

    private Task<ReplaceOneResult> WriteAsync(DateTimeOffset published, long beat, CancellationToken ct) => _checkpoints.ReplaceOneAsync(
        stored => stored.Id == Writer, new Checkpoint(Writer, published, beat, SweptAt: null), new ReplaceOptions { IsUpsert = true }, ct);

    private async Task<bool> ReplaceAsync(Checkpoint from, Checkpoint to, CancellationToken ct) =>
        (await _checkpoints.ReplaceOneAsync(stored => stored.Id == from.Id && stored.Beat == from.Beat, to, cancellationToken: ct)).MatchedCount == 1;

    /// <param name="PublishedBefore">All that the process changed before is published.</param>
    /// <param name="Beat">Grows while the process lives.</param>
    /// <param name="SweptAt">When somebody published again what it left.</param>
    private sealed record Checkpoint(Guid Id, DateTimeOffset PublishedBefore, long Beat, DateTimeOffset? SweptAt);

    /// <param name="Beat">The counter.</param>
    /// <param name="Looks">How often it was seen.</param>
    /// <param name="Since">When it was seen first.</param>
    private sealed record Sighting(long Beat, int Looks, long Since);

    /// <param name="Dead">Its checkpoint, whose counter this process keeps moving.</param>
    /// <param name="InGoodOrder">That it has ended: then nothing can come from it any more.</param>
    /// <param name="Sweep">Done when what it left is published.</param>
    private sealed record TakeOver(Checkpoint Dead, bool InGoodOrder, Task Sweep);
}
