using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// The document is the event: a write stores <c>changedAt</c> and <c>writer</c> with the document and nothing after it. Each process keeps a checkpoint, "all that
/// I changed before T is published". What a crash leaves behind is what its writer changed since its checkpoint: another process, or the next start, finds it
/// by the index on <c>changedAt</c> and publishes it again.
/// </summary>
public sealed class MongoOutbox(IMongoDatabase db, EventPublisher publisher, TimeProvider time, ILogger<MongoOutbox> logger) : BackgroundService, IOutbox
{
    private static readonly TimeSpan ShortageInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RoomInterval = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan StopPatience = TimeSpan.FromSeconds(3);

    private readonly OpenChanges _open = new(time);
    private readonly Checkpoints _checkpoints = new(db, time, logger);
    private readonly LeftBehind _leftBehind = new(time, logger);
    private readonly ChangedDocuments _documents = new(db);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, EventQueue> _queues = [];
    private readonly Dictionary<string, Pace> _paces = [];
    private readonly CancellationTokenSource _stopping = new();
    private volatile bool _publishes;

    /// <summary>This process, as the documents that it writes name it.</summary>
    public Guid Writer => _checkpoints.Writer;

    /// <summary>Documents whose changes are told to others.</summary>
    /// <param name="collection">It has an index on <c>changedAt</c>.</param>
    /// <param name="announce">Does what is to be done after a write of these documents; safe to repeat.</param>
    public void Announce<T>(string collection, Action<IReadOnlyList<T>, Change> announce) => _documents.Add(collection, announce);

    /// <summary>Publishes to this topic at most once in a while; what is replaced meanwhile is not published.</summary>
    public void Pace(string topic, Pace pace) => _paces[topic] = pace;

    /// <summary>Begins a write of one or more documents. The checkpoint stays before it until it is completed and all that it tells is published.</summary>
    public Change Begin() => new(this, _open.Begin());

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before anything can be written: who has no checkpoint has no heir.
        await _checkpoints.WriteAsync(_open.PublishedBefore, cancellationToken);
        _publishes = true;
        await base.StartAsync(cancellationToken);
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        if (!_publishes)
            return;

        var patience = time.GetTimestamp();
        while (_open.Oldest is not null && time.GetElapsedTime(patience) < StopPatience && !cancellationToken.IsCancellationRequested)
            await Task.Delay(RoomInterval, time, CancellationToken.None);
        var oldest = _open.End();
        await _stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
        await _checkpoints.EndAsync(oldest);
    }

    public override void Dispose()
    {
        _stopping.Cancel();
        base.Dispose();
    }

    /// <summary>Does what a command does. What that writes is published by a process that serves, now or later.</summary>
    internal async Task<int> LeaveToOthersAsync(Func<Task<int>> command, CancellationToken ct)
    {
        if (_publishes)
            return await command();

        await _checkpoints.WriteAsync(_open.PublishedBefore, ct);
        try
        {
            return await command();
        }
        finally
        {
            await _checkpoints.EndAsync(_open.End());
        }
    }

    Task<OutboxBacklog> IOutbox.BacklogAsync(CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(new OutboxBacklog(_queues.Values.Sum(queue => queue.Count), _open.Oldest));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
        _checkpoints.RunAsync(
            () => _open.PublishedBefore, (writer, from, ct) => AnnounceAgainAsync(ChangedDocuments.Since(writer, from), ct), stoppingToken),
        _leftBehind.RunAsync(Writer, _open, AnnounceAgainAsync, stoppingToken));

    /// <summary>Puts an event on its way. In a command it stays where it is.</summary>
    /// <returns>Why it is left out; null when it is not.</returns>
    internal Shortage? Publish(WaitingEvent waiting)
    {
        if (!_publishes)
            return null;

        var queue = QueueOf(waiting.Event.Topic);
        var ofKey = new Shortage(queue, waiting.Event.Key);
        if (_leftBehind.Has(ofKey))
            return ofKey;
        if (queue.TryAdd(waiting))
            return null;

        return queue.CountOf(waiting.Event.Key) < EventLanes.MaxOfKey ? new Shortage(queue, null) : ofKey;
    }

    internal void LeaveOut(Shortage shortage, DateTimeOffset at) => _leftBehind.LeaveOut(shortage, at, _open);

    internal void LookFor(DateTimeOffset at) => _leftBehind.LookFor(at);

    internal void Close(DateTimeOffset at) => _open.Close(at);

    private EventQueue QueueOf(string topic)
    {
        lock (_lock)
        {
            if (_queues.TryGetValue(topic, out var queue))
                return queue;

            _queues[topic] = queue = new EventQueue(publisher, _paces.GetValueOrDefault(topic), time, logger);
            // Without the trace of who wrote first: the queue goes on for others.
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(() => queue.RunAsync(_stopping.Token), CancellationToken.None);
            return queue;
        }
    }

    /// <summary>Announces again what was written. Ends when all of it is published, however long one of its keys can't be.</summary>
    private async Task AnnounceAgainAsync(BsonDocument which, CancellationToken ct)
    {
        while (true)
        {
            using var change = new Change(this, time.GetUtcNow(), again: true);
            await _documents.AnnounceAsync(which, change, RoomAsync, ct);
            await change.Published.WaitAsync(ct);
            if (change.LeftOut.Count == 0)
                return;

            while (change.LeftOut.Any(shortage => !shortage.IsOver))
                await Task.Delay(ShortageInterval, time, ct);
        }
    }

    private async Task RoomAsync(CancellationToken ct)
    {
        EventQueue[] queues;
        lock (_lock)
            queues = [.. _queues.Values];
        while (!queues.All(queue => queue.HasRoom))
            await Task.Delay(RoomInterval, time, ct);
    }
}
