using ChatApp.Contracts;
using ChatApp.Platform.Database;
using ChatApp.Platform.Messaging;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Notification.Directory;

/// <summary>Who blocked whom: a copy of what the user service tells.</summary>
internal sealed class BlockStore(IMongoDatabase db)
{
    public const string Collection = "blocks";

    private static readonly FilterDefinitionBuilder<Block> Filter = Builders<Block>.Filter;

    private readonly IMongoCollection<Block> _blocks = db.GetCollection<Block>(Collection);

    /// <summary>The copy, to be held against the user service's own. No block and a block that was lifted are the same.</summary>
    public IReadModel Copy => new MongoCopy<BlockKey, Block>(
        Collection,
        _blocks,
        block => block.Id,
        block => block.Version,
        (type, data) => type == BlockChanged.Type && OwnedState.Event<BlockChanged>(data) is { } change
            ? new Block(new BlockKey(change.BlockerId, change.BlockedId), change.Blocked, change.Version)
            : null,
        (kept, owned) => (kept?.Blocked ?? false) == (owned?.Blocked ?? false) && (owned is null ? kept is null : (kept?.Version ?? 0) <= owned.Version));

    public Task HandleAsync(Received<BlockChanged> received, CancellationToken ct) =>
        _blocks.KeepNewestAsync(
            Filter.Eq(block => block.Id, new BlockKey(received.Event.BlockerId, received.Event.BlockedId)),
            received.Event.Version,
            Builders<Block>.Update.Set(block => block.Blocked, received.Event.Blocked),
            ct);

    /// <summary>Who of the first blocked whom of the second. Asked by those who may be blocked: they are few.</summary>
    public async Task<IReadOnlySet<BlockKey>> AmongAsync(IEnumerable<Guid> blockerIds, IEnumerable<Guid> blockedIds, CancellationToken ct)
    {
        var blocks = await _blocks
            .Find(
                Filter.In(block => block.Id.BlockedId, blockedIds)
                & Filter.In(block => block.Id.BlockerId, blockerIds)
                & Filter.Eq(block => block.Blocked, true))
            .ToListAsync(ct);
        return blocks.Select(block => block.Id).ToHashSet();
    }

    internal sealed record BlockKey(Guid BlockerId, Guid BlockedId);

    internal sealed record Block(BlockKey Id, bool Blocked, long Version);
}
