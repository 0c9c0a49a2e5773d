using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;

namespace ChatApp.Platform.Messaging;

/// <summary>
/// The document is its own outbox: a write stores its events in the document's <c>outbox</c> array, this publishes them right after, in order per key, and
/// takes them out again in batches. What a crash left behind is found by a sweep over the index on <c>outbox.at</c> and published again.
/// </summary>
public sealed class MongoOutbox(
    IMongoDatabase db, EventPublisher publisher, TimeProvider time, ILogger<MongoOutbox> logger, string[] collections) : BackgroundService, IOutbox
{
    private const int MaxInMemory = 20_000;
    private const int ClearBatch = 500;

    /// <summary>Events younger than this are left to the process that wrote them.</summary>
    private static readonly TimeSpan SweepAge = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan BacklogInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ClearDelay = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan LongestRetryDelay = TimeSpan.FromSeconds(5);

    private readonly Channel<Pending> _published = Channel.CreateUnbounded<Pending>();
    private readonly HashSet<Guid> _known = [];
    private readonly CancellationTokenSource _stopping = new();
    private KeyedBatches<string, Pending>? _queue;
    private volatile bool _publishes;
    private Func<IReadOnlyList<OutboxEvent>, CancellationToken, Task> _project = (_, _) => Task.CompletedTask;

    private KeyedBatches<string, Pending> Queue => LazyInitializer.EnsureInitialized(ref _queue, () => new(PublishAsync, maxBatch: 100));

    /// <summary>
    /// Runs before the events of a key are published, again after a crash: the place to bring the service's own read models up to date. Must be safe to repeat.
    /// </summary>
    public void ProjectFirst(Func<IReadOnlyList<OutboxEvent>, CancellationToken, Task> project) => _project = project;

    /// <summary>Says that a document with these events has been written. Returns at once. A command publishes nothing: the service finds it in its sweep.</summary>
    public void Written(string collection, BsonValue documentId, params ReadOnlySpan<OutboxEvent> events)
    {
        // Behind a broker that is down for long, memory stays bounded: the sweep will find the rest.
        if (!_publishes || Queue.Count > MaxInMemory)
            return;

        foreach (var stored in events)
            Add(new Pending(collection, documentId, stored));
    }

    private void Add(Pending pending)
    {
        lock (_known)
        {
            if (!_known.Add(pending.Event.Id))
                return;
        }

        Queue.Add(pending.Event.Key, pending);
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        _publishes = true;
        return base.StartAsync(cancellationToken);
    }

    async Task<OutboxBacklog> IOutbox.BacklogAsync(CancellationToken ct)
    {
        var (waiting, oldest) = (0L, default(DateTimeOffset?));
        foreach (var collection in collections)
        {
            var left = db.GetCollection<BsonDocument>(collection).Find(Builders<BsonDocument>.Filter.Exists("outbox.at"));
            waiting += await left.Limit(OutboxBacklog.Max).CountDocumentsAsync(ct);
            var first = await left.Limit(1).Sort(Builders<BsonDocument>.Sort.Ascending("outbox.at")).Project(Builders<BsonDocument>.Projection.Include("outbox.at")).FirstOrDefaultAsync(ct);
            foreach (var stored in first?["outbox"].AsBsonArray ?? [])
            {
                DateTimeOffset at = stored["at"].ToUniversalTime();
                oldest = oldest < at ? oldest : at;
            }
        }

        return new OutboxBacklog(waiting, oldest);
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        stoppingToken.Register(_stopping.Cancel);
        return Task.WhenAll(SweepAsync(stoppingToken), ClearAsync(stoppingToken));
    }

    private async Task PublishAsync(string key, IReadOnlyList<Pending> batch)
    {
        var next = 0;
        var projected = false;
        var delay = TimeSpan.FromMilliseconds(100);

        while (next < batch.Count && !_stopping.IsCancellationRequested)
        {
            try
            {
                if (!projected)
                    await _project([.. batch.Select(pending => pending.Event)], _stopping.Token);

                projected = true;
                for (; next < batch.Count; next++)
                {
                    await publisher.PublishAsync(batch[next].Event, _stopping.Token);
                    _published.Writer.TryWrite(batch[next]);
                }
            }
            catch (Exception exception) when (!_stopping.IsCancellationRequested)
            {
                logger.LogWarning("Events of {Key} wait in the outbox: {Reason}", key, exception.Message);
                await Task.Delay(delay, time, _stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                delay = delay * 2 < LongestRetryDelay ? delay * 2 : LongestRetryDelay;
            }
        }
    }

    private async Task ClearAsync(CancellationToken ct)
    {
        try
        {
            while (await _published.Reader.WaitToReadAsync(ct))
            {
                await Task.Delay(ClearDelay, time, ct);
                List<Pending> batch = [];
                while (batch.Count < ClearBatch && _published.Reader.TryRead(out var pending))
                    batch.Add(pending);

                await ClearAsync(batch, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // What is not cleared is published once more after the restart.
        }
    }

    private async Task ClearAsync(List<Pending> batch, CancellationToken ct)
    {
        try
        {
            foreach (var published in batch.GroupBy(pending => pending.Collection))
            {
                // An update for each document: DocumentDB's update of many loses what others change meanwhile, where a collection has a validator.
                var updates = published.GroupBy(pending => pending.DocumentId, pending => pending.Event.Id).Select(Clear);
                await db.GetCollection<BsonDocument>(published.Key).BulkWriteAsync(updates, new BulkWriteOptions { IsOrdered = false }, ct);
            }
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            logger.LogWarning("Published events stay marked and will be published again: {Reason}", exception.Message);
        }
        finally
        {
            lock (_known)
                _known.ExceptWith(batch.Select(pending => pending.Event.Id));
        }
    }

    /// <summary>The driver stores a member called Id as _id, in an embedded document too.</summary>
    private static UpdateOneModel<BsonDocument> Clear(IGrouping<BsonValue, Guid> eventIds)
    {
        var ids = new BsonArray(eventIds.Select(id => new BsonBinaryData(id, GuidRepresentation.Standard)));
        return new UpdateOneModel<BsonDocument>(
            Builders<BsonDocument>.Filter.Eq("_id", eventIds.Key),
            new BsonDocument("$pull", new BsonDocument("outbox", new BsonDocument("_id", new BsonDocument("$in", ids)))));
    }

    private async Task SweepAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(SweepInterval, time);
        try
        {
            do
            {
                // A long backlog goes out as fast as it is published, not at one portion for each sweep.
                if (Queue.Count < MaxInMemory)
                    timer.Period = await SweepAllAsync(ct) ? BacklogInterval : SweepInterval;
            }
            while (await timer.WaitForNextTickAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Stopping.
        }
    }

    /// <returns>True when there may be more.</returns>
    private async Task<bool> SweepAllAsync(CancellationToken ct)
    {
        var more = false;
        foreach (var collection in collections)
            more |= await SweepAsync(collection, ct);

        return more;
    }

    /// <summary>Goes past what is known already: a key that can't be published, however much waits behind it, holds up no other.</summary>
    private async Task<bool> SweepAsync(string collection, CancellationToken ct)
    {
        try
        {
            using var left = await db.GetCollection<BsonDocument>(collection)
                // Said in full, with the order, so that every engine sees that the partial index serves it.
                .Find(
                    Builders<BsonDocument>.Filter.Exists("outbox.at") & Builders<BsonDocument>.Filter.Lt("outbox.at", (time.GetUtcNow() - SweepAge).UtcDateTime),
                    new FindOptions { BatchSize = ClearBatch })
                .Sort(Builders<BsonDocument>.Sort.Ascending("outbox.at"))
                .Project(Builders<BsonDocument>.Projection.Include("outbox"))
                .ToCursorAsync(ct);
            while (Queue.Count < MaxInMemory && await left.MoveNextAsync(ct))
            {
                var pending =
                    from document in left.Current
                    from stored in document["outbox"].AsBsonArray
                    select new Pending(collection, document["_id"], BsonSerializer.Deserialize<OutboxEvent>(stored.AsBsonDocument));

                foreach (var one in pending.OrderBy(one => one.Event.At).ThenBy(one => one.Event.Id))
                    Add(one);
            }

            return Queue.Count >= MaxInMemory;
        }
        catch (Exception exception) when (exception is MongoException or TimeoutException)
        {
            logger.LogWarning("The outbox of {Collection} can't be swept: {Reason}", collection, exception.Message);
            return false;
        }
    }

    private sealed record Pending(string Collection, BsonValue DocumentId, OutboxEvent Event);
}
