using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>What was applied to a MongoDB database, in a collection of its own, and the lock of whoever applies it.</summary>
internal sealed class MongoHistory(IMongoDatabase db, TimeProvider time)
{
    public const string Collection = "schema_history";

    private const string LockId = "lock";

    private static readonly TimeSpan LockLifetime = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LockRetry = TimeSpan.FromMilliseconds(200);

    private readonly IMongoCollection<BsonDocument> _history = db.GetCollection<BsonDocument>(Collection);
    private readonly string _owner = $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}";

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    /// <summary>Compares the history with the program.</summary>
    public async Task<IReadOnlyList<SchemaStep>> CompareAsync(IReadOnlyList<MongoMigration> migrations, CancellationToken ct)
    {
        var rows = await _history.Find(Builders<BsonDocument>.Filter.Ne("_id", LockId)).ToListAsync(ct);
        var history = rows.ToDictionary(row => row["_id"].ToInt32());
        var last = history.Where(row => row.Value.Contains("appliedAt")).Select(row => row.Key).DefaultIfEmpty().Max();
        var twice = migrations.GroupBy(migration => migration.Version).Where(group => group.Count() > 1).Select(group => group.Key).ToHashSet();
        var known = migrations.Select(migration => (migration.Version, Step: Of(migration.Version, migration.Name, StateOf(migration), migration.Text)));
        var unknown = history.Where(row => row.Value.Contains("appliedAt") && migrations.All(migration => migration.Version != row.Key))
            .Select(row => (Version: row.Key, Step: Of(row.Key, row.Value["name"].AsString, StepState.Unknown, null)));
        return [.. known.Concat(unknown).OrderBy(step => step.Version).Select(step => step.Step)];

        StepState StateOf(MongoMigration migration)
        {
            if (twice.Contains(migration.Version))
                return StepState.Duplicate;
            if (!history.TryGetValue(migration.Version, out var row))
                return migration.Version < last ? StepState.OutOfOrder : StepState.Pending;
            if (!row.Contains("appliedAt"))
                return StepState.Interrupted;

            // Rows of before there were checksums have none.
            return row.GetValue("checksum", migration.Checksum) == migration.Checksum ? StepState.Applied : StepState.Changed;
        }
    }

    public Task BeginAsync(MongoMigration migration, CancellationToken ct) => WriteAsync(migration, "begunAt", ct);

    public Task EndAsync(MongoMigration migration, CancellationToken ct) => WriteAsync(migration, "appliedAt", ct);

    /// <summary>Accepts the program's text of a step that was applied.</summary>
    public Task AcceptAsync(MongoMigration migration, CancellationToken ct) => WriteAsync(migration, "acceptedAt", ct);

    /// <summary>Works while no other replica does: under a lock that is renewed, and that a crash frees after <see cref="LockLifetime"/>.</summary>
    public async Task LockedAsync(Func<Task> work, CancellationToken ct)
    {
        await LockAsync(ct);
        using var done = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var renewing = RenewAsync(done.Token);
        try
        {
            await work();
        }
        finally
        {
            await done.CancelAsync();
            await renewing;
            await _history.DeleteOneAsync(new BsonDocument { ["_id"] = LockId, ["owner"] = _owner }, CancellationToken.None);
        }
    }

    private static SchemaStep Of(int version, string name, StepState state, string? text) => new($"{version}", $"{version} {name}", state, text);

    private Task<UpdateResult> WriteAsync(MongoMigration migration, string moment, CancellationToken ct) => _history.UpdateOneAsync(
        new BsonDocument("_id", migration.Version),
        new BsonDocument("$set", new BsonDocument { ["name"] = migration.Name, ["checksum"] = migration.Checksum, [moment] = Now }),
        new UpdateOptions { IsUpsert = true },
        ct);

    private async Task RenewAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(LockLifetime / 4, time);
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                await _history.UpdateOneAsync(
                    new BsonDocument { ["_id"] = LockId, ["owner"] = _owner },
                    new BsonDocument("$set", new BsonDocument("expiresAt", Now + LockLifetime)),
                    cancellationToken: ct);
            }
        }
        catch (Exception exception) when (ct.IsCancellationRequested || exception is MongoException or TimeoutException)
        {
            // Done; or the migration is about to find out for itself.
        }
    }

    private async Task LockAsync(CancellationToken ct)
    {
        while (true)
        {
            var now = Now;
            try
            {
                // Takes a lock that has expired, or inserts one; a lock that is held makes the insert a duplicate.
                await _history.UpdateOneAsync(
                    new BsonDocument { ["_id"] = LockId, ["expiresAt"] = new BsonDocument("$lt", now) },
                    new BsonDocument("$set", new BsonDocument { ["owner"] = _owner, ["expiresAt"] = now + LockLifetime }),
                    new UpdateOptions { IsUpsert = true },
                    ct);
                return;
            }
            catch (MongoWriteException exception) when (exception.WriteError.Category == ServerErrorCategory.DuplicateKey)
            {
                await Task.Delay(LockRetry, time, ct);
            }
        }
    }
}
