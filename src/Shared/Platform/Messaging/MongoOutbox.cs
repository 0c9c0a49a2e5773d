using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// The document is the event: a write stores <c>changedAt</c> and <c>writer</c> with the document and nothing after it. Each process keeps a checkpoint, "all that
/// I changed before T is published", once a second. What a crash leaves behind is what its writer changed since its checkpoint: another process, or the next
/// start, finds it by the index on <c>changedAt</c> and publishes it again.
/// </summary>
public sealed class MongoOutbox(IMongoDatabase db, EventPublisher publisher, TimeProvider time, ILogger<MongoOutbox> logger) : BackgroundService, IOutbox
{
    /// <summary>A key that can't be published keeps this many events in memory, and all keys together the second number: the rest is read again later.</summary>
    private const int MaxOfKey = 1_000;
    private const int MaxInMemory = 50_000;

    /// <summary>Batches of documents that are announced again at the same time.</summary>
    private const int MaxSwept = 5;

    private static readonly TimeSpan LeftOutInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(3);

    private readonly Lock _lock = new();
    private readonly SortedDictionary<DateTimeOffset, int> _open = [];
    private readonly Dictionary<string, EventQueue> _queues = [];
    private readonly Dictionary<string, TimeSpan> _intervals = [];
    private readonly List<ChangedCollection> _collections = [];
    private readonly CancellationTokenSource _stopping = new();
    private DateTimeOffset _last;
    private DateTimeOffset? _leftOut;
    private volatile bool _publishes;

    /// <summary>This process, as the documents that it writes name it.</summary>
    public Guid Writer { get; } = Guid.CreateVersion7();

    /// <summary>Documents whose changes are told to others.</summary>
    /// <param name="collection">It has an index on <c>changedAt</c>.</param>
    /// <param name="announce">Does what is to be done after a write of these documents; safe to repeat.</param>
    public void Announce<T>(string collection, Action<IReadOnlyList<T>, Change> announce)
    {
        var documents = db.GetCollection<T>(collection);
        _collections.Add((changed, published, ct) => ReadAsync(documents, changed, announce, published, ct));
    }

    /// <summary>Publishes to this topic at most once in a while; what is replaced meanwhile is not published.</summary>
    public void Pace(string topic, TimeSpan interval) => _intervals[topic] = interval;

    /// <summary>Begins a write of one or more documents. The checkpoint stays before it until it is completed and all that it tells is published.</summary>
    public Change Begin()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            // A clock that is set back must not put a change before the checkpoint.
            _last = now > _last ? now : _last;
            return Open(_last, Writer);
        }
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _publishes = true;
        return base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        var patience = time.GetTimestamp();
        while (_publishes && Oldest() is not null && time.GetElapsedTime(patience) < StopPatience && !cancellationToken.IsCancellationRequested)
            await Task.Delay(20, CancellationToken.None);
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    Task<OutboxBacklog> IOutbox.BacklogAsync(CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(new OutboxBacklog(_queues.Values.Sum(queue => queue.Count), Oldest()));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var checkpoints = new Checkpoints(db, Writer, time, logger);
        await Task.WhenAll(checkpoints.RunAsync(Published, SweepAsync, stoppingToken), ReadLeftOutAsync(stoppingToken));
    }

    /// <summary>Puts an event on its way. A command publishes nothing: a service finds what it wrote.</summary>
    internal bool Publish(OutboxEvent stored, object? replaces, Action done)
    {
        if (!_publishes)
            return false;

        EventQueue queue;
        lock (_lock)
        {
            if (!_queues.TryGetValue(stored.Topic, out queue!))
            {
                var interval = _intervals.GetValueOrDefault(stored.Topic);
                _queues[stored.Topic] = queue = new EventQueue(publisher, interval, time, logger, _stopping.Token);
            }
        }

        // Behind a broker that is down for long, memory stays bounded.
        if (replaces is null && (queue.Count >= MaxInMemory || queue.CountOf(stored.Key) >= MaxOfKey))
            return false;

        queue.Add(stored, replaces, done);
        return true;
    }

    internal void LeaveOut(DateTimeOffset changedAt)
    {
        lock (_lock)
        {
            if (_leftOut is { } earlier && earlier <= changedAt)
                return;

            Count(changedAt, 1);
            if (_leftOut is { } later)
                Count(later, -1);
            _leftOut = changedAt;
        }
    }

    internal void Close(DateTimeOffset at)
    {
        lock (_lock)
            Count(at, -1);
    }

    /// <summary>An insert that was not answered may still come: it is looked for until it can't.</summary>
    internal void LookFor(DateTimeOffset changedAt) => _ = Task.Run(async () =>
    {
        foreach (var wait in (TimeSpan[])[TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(60)])
        {
            await Task.Delay(wait, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (_stopping.IsCancellationRequested)
                return;

            await SweepAsync(new Changed(Writer, changedAt, changedAt), _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Close(changedAt);
    });

    /// <summary>All that this process changed before this time is published.</summary>
    private DateTimeOffset Published()
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            _last = now > _last ? now : _last;
            return Oldest() ?? _last;
        }
    }

    private DateTimeOffset? Oldest()
    {
        lock (_lock)
            return _open.Count > 0 ? _open.First().Key : null;
    }

    private Change Open(DateTimeOffset at, Guid writer)
    {
        lock (_lock)
            Count(at, 1);
        return new Change(this, at, writer);
    }

    private void Count(DateTimeOffset at, int by)
    {
        var count = _open.GetValueOrDefault(at) + by;
        if (count == 0)
            _open.Remove(at);
        else
            _open[at] = count;
    }

    /// <summary>What did not fit into memory goes out when there is room again.</summary>
    private async Task ReadLeftOutAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LeftOutInterval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                if (TakeLeftOut() is { } from)
                {
                    await SweepAsync(new Changed(Writer, from, DateTimeOffset.MaxValue), ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Close(from);
                }
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping: the checkpoint stays before it.
        }
    }

    private DateTimeOffset? TakeLeftOut()
    {
        lock (_lock)
        {
            if (_leftOut is not { } from || _queues.Values.Any(queue => queue.Count > MaxInMemory / 2))
                return null;

            _leftOut = null;
            return from;
        }
    }

    /// <summary>Announces again what a writer changed. Ends when all of it is published.</summary>
    private async Task SweepAsync(Changed changed, CancellationToken ct)
    {
        List<Task> published = [];
        foreach (var read in _collections)
            await read(changed, published, ct);
        await Task.WhenAll(published).WaitAsync(ct);
    }

    private async Task ReadAsync<T>(
        IMongoCollection<T> documents, Changed changed, Action<IReadOnlyList<T>, Change> announce, List<Task> published, CancellationToken ct)
    {
        var where = Builders<T>.Filter;
        var filter = where.Gte("changedAt", changed.From.UtcDateTime) & where.Eq("writer", changed.Writer);
        if (changed.To < DateTimeOffset.MaxValue)
            filter &= where.Lte("changedAt", changed.To.UtcDateTime);
        using var found = await documents.Find(filter, new FindOptions { BatchSize = EventPublisher.MaxBatch })
            .Sort(Builders<T>.Sort.Ascending("changedAt"))
            .ToCursorAsync(ct);
        while (await found.MoveNextAsync(ct))
        {
            var batch = found.Current.ToArray();
            if (batch.Length == 0)
                continue;

            using var change = Open(changed.From, Writer);
            announce(batch, change);
            change.Complete();
            published.Add(change.Published);
            // No more than this in memory at once, however much there is.
            while (published.Count > MaxSwept)
                published.Remove(await Task.WhenAny(published).WaitAsync(ct));
        }
    }

    private delegate Task ChangedCollection(Changed changed, List<Task> published, CancellationToken ct);
}

/// <summary>What one writer changed in a time, both ends included.</summary>
internal sealed record Changed(Guid Writer, DateTimeOffset From, DateTimeOffset To);
