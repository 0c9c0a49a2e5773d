using ChatApp.Contracts;
using ChatApp.Platform;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Chat.Directory;

/// <summary>One direction of a pair of users: <see cref="BlockerId"/> wants, or wanted, to hear nothing of <see cref="BlockedId"/>.</summary>
internal sealed record Block(string Id, Guid BlockerId, Guid BlockedId, bool Blocked, long Version)
{
    public static string Key(Guid blockerId, Guid blockedId) => $"{blockerId}:{blockedId}";
}

/// <summary>Who blocks whom between two users.</summary>
internal enum BlockState
{
    None,
    ByMe,
    ByOther,
}

/// <summary>Blocks, kept from the user service's events.</summary>
internal sealed class BlockStore : IDisposable
{
    public const string Collection = "blocks";

    /// <summary>
    /// How long a direct message may still be accepted in this process after another one has stored the block. From the moment that the user service
    /// acknowledges a block, the way of its event through the broker comes on top.
    /// </summary>
    public static readonly TimeSpan Staleness = TimeSpan.FromSeconds(2);

    private static readonly UpdateOptions Upsert = new() { IsUpsert = true };

    private readonly IMongoCollection<Block> _blocks;
    private readonly ExpiringCache<(Guid Low, Guid High), Pair> _recent;

    public BlockStore(IMongoDatabase db)
    {
        _blocks = db.GetCollection<Block>(Collection);
        _recent = new(Staleness, capacity: 50_000, LoadAsync);
    }

    /// <summary>The copy, to be held against the user service's own. No block and a block that was lifted are the same.</summary>
    public IReadModel Copy => new MongoCopy<string, Block>(
        Collection,
        _blocks,
        block => block.Id,
        block => block.Version,
        (type, data) => type == BlockChanged.Type && OwnedState.Event<BlockChanged>(data) is { } change
            ? new Block(Block.Key(change.BlockerId, change.BlockedId), change.BlockerId, change.BlockedId, change.Blocked, change.Version)
            : null,
        (kept, owned) => (kept?.Blocked ?? false) == (owned?.Blocked ?? false) && (owned is null ? kept is null : (kept?.Version ?? 0) <= owned.Version));

    public void Dispose() => _recent.Dispose();

    /// <summary>For every send: may be <see cref="Staleness"/> old.</summary>
    public async Task<BlockState> RecentAsync(Guid me, Guid other)
    {
        var pair = await _recent.GetAsync(Ordered(me, other));
        return State(pair!.Blocked, me);
    }

    /// <summary>The first of the others with whom there is a block, whichever way, as it is stored now.</summary>
    public async Task<BlockState> AnyAsync(Guid me, IReadOnlyCollection<Guid> others, CancellationToken ct)
    {
        var keys = others.SelectMany(other => new[] { Block.Key(me, other), Block.Key(other, me) });
        var blocked = await _blocks
            .Find(Builders<Block>.Filter.In(block => block.Id, keys) & Builders<Block>.Filter.Eq(block => block.Blocked, true))
            .ToListAsync(ct);
        return State(blocked, me);
    }

    public async Task HandleAsync(Received<BlockChanged> received, CancellationToken ct)
    {
        var change = received.Event;
        var key = Block.Key(change.BlockerId, change.BlockedId);
        try
        {
            await _blocks.UpdateOneAsync(
                Builders<Block>.Filter.Eq(block => block.Id, key) & Builders<Block>.Filter.Lt(block => block.Version, change.Version),
                Builders<Block>.Update
                    .Set(block => block.BlockerId, change.BlockerId)
                    .Set(block => block.BlockedId, change.BlockedId)
                    .Set(block => block.Blocked, change.Blocked)
                    .Set(block => block.Version, change.Version),
                Upsert,
                ct);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // A newer change is stored already.
        }

        _recent.Forget(Ordered(change.BlockerId, change.BlockedId));
    }

    private static BlockState State(IReadOnlyCollection<Block> blocked, Guid me) =>
        blocked.Any(block => block.BlockedId == me) ? BlockState.ByOther
        : blocked.Count > 0 ? BlockState.ByMe
        : BlockState.None;

    private static (Guid Low, Guid High) Ordered(Guid a, Guid b) => a.CompareTo(b) <= 0 ? (a, b) : (b, a);

    private async Task<Pair?> LoadAsync((Guid Low, Guid High) pair)
    {
        string[] keys = [Block.Key(pair.Low, pair.High), Block.Key(pair.High, pair.Low)];
        return new Pair(await _blocks
            .Find(Builders<Block>.Filter.In(block => block.Id, keys) & Builders<Block>.Filter.Eq(block => block.Blocked, true))
            .ToListAsync());
    }

    private sealed record Pair(IReadOnlyCollection<Block> Blocked);
}
