using System.Text.Json;
using ChatApp.Platform.ReadModels;
using MongoDB.Driver;

namespace ChatApp.Notification;

/// <summary>
/// A part of a collection's documents that is a copy of what another service owns. As with <see cref="MongoCopy{TKey, TCopy}"/>, the copies are read before the
/// owner's state; what differs counts only if it still does a moment later; and it is put right only if nobody has written it meanwhile. The other parts stay.
/// </summary>
/// <param name="name">What the command line calls it.</param>
internal abstract class PartCopy<TKey, TDocument, TPart>(string name, IMongoCollection<TDocument> documents) : IReadModel
    where TKey : notnull
    where TPart : class
{
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);

    /// <summary>The largest part of a document is none that anybody else owns.</summary>
    private static readonly ProjectionDefinition<TDocument> WithoutMessage = Builders<TDocument>.Projection.Exclude("last");

    public string Name => name;

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var before = await ReadAsync(Builders<TDocument>.Filter.Empty, ct);
        ready();
        var owned = new Dictionary<TKey, TPart>();
        foreach (var (type, data) in await OwnedState.ReadAsync(state, ct))
        {
            foreach (var (key, part) in Read(type, data))
                owned[key] = owned.TryGetValue(key, out var other) ? Join(other, part) : part;
        }

        var suspects = before.Keys.Union(owned.Keys).Where(key => !IsSame(key, before.GetValueOrDefault(key), owned.GetValueOrDefault(key))).ToList();
        if (suspects.Count > 0)
            await Task.Delay(OnItsWay, ct);

        List<string> drift = [];
        foreach (var some in suspects.Chunk(500))
        {
            var now = await ReadAsync(Builders<TDocument>.Filter.In("_id", some), ct);
            foreach (var key in some)
            {
                var (kept, right) = (now.GetValueOrDefault(key), owned.GetValueOrDefault(key));
                if (!Equals(kept, before.GetValueOrDefault(key)) || IsSame(key, kept, right))
                    continue;

                drift.Add($"{key}: {(kept is null ? "nothing" : Words(kept))} here, {(right is null ? "nothing" : Words(right))} with its owner");
                if (!check)
                    await PutRightAsync(Repair(key, kept, right), ct);
            }
        }

        return new Comparison(before.Count, drift);
    }

    protected abstract TKey KeyOf(TDocument document);

    protected abstract TPart? PartOf(TDocument document);

    /// <summary>What a line of the owner's state says.</summary>
    protected abstract IEnumerable<(TKey Key, TPart Part)> Read(string type, JsonElement data);

    /// <summary>What two lines say of one key.</summary>
    protected virtual TPart Join(TPart one, TPart other) => other;

    protected abstract bool IsSame(TKey key, TPart? kept, TPart? owned);

    /// <summary>Which versions differ, without names or texts.</summary>
    protected abstract string Words(TPart part);

    /// <summary>Changes nothing but a part that is as it was.</summary>
    protected abstract UpdateOneModel<TDocument> Repair(TKey key, TPart? kept, TPart? owned);

    private async Task<Dictionary<TKey, TPart>> ReadAsync(FilterDefinition<TDocument> filter, CancellationToken ct)
    {
        var parts = new Dictionary<TKey, TPart>();
        using var found = await documents.Find(filter).Project<TDocument>(WithoutMessage).ToCursorAsync(ct);
        while (await found.MoveNextAsync(ct))
        {
            foreach (var document in found.Current)
            {
                if (PartOf(document) is { } part)
                    parts[KeyOf(document)] = part;
            }
        }

        return parts;
    }

    private async Task PutRightAsync(UpdateOneModel<TDocument> repair, CancellationToken ct)
    {
        try
        {
            await documents.UpdateOneAsync(repair.Filter, repair.Update, new UpdateOptions { IsUpsert = repair.IsUpsert }, ct);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // Its event has come just now.
        }
    }
}
