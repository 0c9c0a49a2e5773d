using System.Text.Json;
using MongoDB.Driver;

namespace ChatApp.Platform.ReadModels;

/// <summary>
/// A collection of copies of what another service owns. The copies are read first and the owner's state after them: so an entry that the owner does not have,
/// or has in an older version, is wrong and not merely newer. What differs may be on its way: it counts only if it still does a moment later. It is put right only
/// if nobody has written it meanwhile.
/// </summary>
/// <param name="name">What the command line calls it.</param>
/// <param name="copies">The collection, whose documents have their version in the field <c>version</c>.</param>
/// <param name="key">The document's id.</param>
/// <param name="version">The document's version.</param>
/// <param name="read">The copy that an event of the owner makes, null for an event that is of no interest.</param>
/// <param name="same">Whether a copy is as it should be; by default, whether they are equal.</param>
/// <param name="merge">What takes a wrong copy's place, where it has more in it than the owner's state says.</param>
public sealed class MongoCopy<TKey, TCopy>(
    string name,
    IMongoCollection<TCopy> copies,
    Func<TCopy, TKey> key,
    Func<TCopy, long?> version,
    Func<string, JsonElement, TCopy?> read,
    Func<TCopy?, TCopy?, bool>? same = null,
    Func<TCopy, TCopy, TCopy>? merge = null) : IReadModel
    where TKey : notnull
    where TCopy : class
{
    private static readonly TimeSpan OnItsWay = TimeSpan.FromSeconds(3);
    private static readonly FilterDefinitionBuilder<TCopy> Where = Builders<TCopy>.Filter;

    public string Name => name;

    public async Task<Comparison> RebuildAsync(TextReader state, Action ready, bool check, CancellationToken ct)
    {
        var before = (await copies.Find(Where.Empty).ToListAsync(ct)).ToDictionary(key);
        ready();
        var owned = new Dictionary<TKey, TCopy>();
        foreach (var (type, data) in await OwnedState.ReadAsync(state, ct))
        {
            if (read(type, data) is { } copy)
                owned[key(copy)] = copy;
        }

        var suspects = before.Keys.Union(owned.Keys).Where(id => !IsSame(before, owned, id)).ToList();
        if (suspects.Count == 0)
            return new Comparison(before.Count, []);

        await Task.Delay(OnItsWay, ct);
        List<string> drift = [];
        foreach (var some in suspects.Chunk(500))
        {
            var now = (await copies.Find(Where.In("_id", some)).ToListAsync(ct)).ToDictionary(key);
            foreach (var id in some.Where(id => Equals(now.GetValueOrDefault(id), before.GetValueOrDefault(id)) && !IsSame(now, owned, id)))
            {
                drift.Add($"{id}: {Words(now.GetValueOrDefault(id))} here, {Words(owned.GetValueOrDefault(id))} with its owner");
                if (!check)
                    await PutRightAsync(id, now.GetValueOrDefault(id), owned.GetValueOrDefault(id), ct);
            }
        }

        return new Comparison(before.Count, drift);
    }

    private bool IsSame(Dictionary<TKey, TCopy> kept, Dictionary<TKey, TCopy> owned, TKey id) =>
        (same ?? Equals)(kept.GetValueOrDefault(id), owned.GetValueOrDefault(id));

    private async Task PutRightAsync(TKey id, TCopy? kept, TCopy? owned, CancellationToken ct)
    {
        try
        {
            var unchanged = Where.Eq("_id", id) & Where.Eq("version", kept is null ? null : version(kept));
            if (owned is null)
                await copies.DeleteOneAsync(unchanged, ct);
            else if (kept is null)
                await copies.InsertOneAsync(owned, cancellationToken: ct);
            else
                await copies.ReplaceOneAsync(unchanged, merge is null ? owned : merge(kept, owned), cancellationToken: ct);
        }
        catch (MongoWriteException exception) when (exception.WriteError?.Category == ServerErrorCategory.DuplicateKey)
        {
            // Its event has come just now.
        }
    }

    /// <summary>No names or texts: only which versions differ.</summary>
    private string Words(TCopy? copy) => copy is null ? "nothing" : $"version {version(copy)?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "unknown"}";
}
