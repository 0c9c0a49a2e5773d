using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>What a migration makes of a collection.</summary>
/// <param name="Name">The collection, which is created unless it is there.</param>
/// <param name="Schema">
/// The <c>$jsonSchema</c> that the server holds every document against, with keywords that all engines know: no <c>additionalProperties</c>, <c>anyOf</c>,
/// <c>allOf</c>, <c>not</c> or <c>description</c>. Null leaves it as it is, <c>{}</c> takes it away.
/// </param>
/// <param name="Indexes">The indexes that it gets, each as the command <c>createIndexes</c> takes it.</param>
public sealed record CollectionShape(string Name, string? Schema, params IReadOnlyList<string> Indexes)
{
    /// <summary>The names of indexes that it loses. An index that changes is dropped and created in one step.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    /// <summary>The collection goes, with its documents.</summary>
    public bool Gone { get; init; }

    internal BsonDocument? Validator { get; } = Schema is null ? null
        : BsonDocument.Parse(Schema) is { ElementCount: > 0 } schema ? new BsonDocument("$jsonSchema", schema) : [];

    internal IReadOnlyList<BsonDocument> DeclaredIndexes { get; } = [.. Indexes.Select(index => BsonDocument.Parse(index))];

    internal BsonDocument Declared
    {
        get
        {
            var declared = new BsonDocument
            {
                ["name"] = Name,
                ["validator"] = Validator ?? (BsonValue)BsonNull.Value,
                ["indexes"] = new BsonArray(DeclaredIndexes),
                ["drop"] = new BsonArray(Drop),
            };
            return Gone ? declared.Add("gone", true) : declared;
        }
    }

    /// <summary>Makes it so. Safe to repeat.</summary>
    public async Task ApplyAsync(IMongoDatabase db, CancellationToken ct)
    {
        if (Gone)
        {
            await db.DropCollectionAsync(Name, ct);
            return;
        }

        using var names = await db.ListCollectionNamesAsync(new ListCollectionNamesOptions { Filter = new BsonDocument("name", Name) }, ct);
        if (!await names.AnyAsync(ct))
            await db.CreateCollectionAsync(Name, new CreateCollectionOptions<BsonDocument> { Validator = Validator is { ElementCount: > 0 } checks ? checks : null }, ct);
        else if (Validator is not null)
            await db.RunCommandAsync<BsonDocument>(new BsonDocument { ["collMod"] = Name, ["validator"] = Validator }, cancellationToken: ct);

        var indexes = db.GetCollection<BsonDocument>(Name).Indexes;
        using var live = await indexes.ListAsync(ct);
        var old = (await live.ToListAsync(ct)).Select(index => index["name"].AsString).Intersect(Drop);
        foreach (var index in old)
            await indexes.DropOneAsync(index, ct);
        if (DeclaredIndexes.Count == 0)
            return;

        // As it is declared: the driver's model of an index has fewer options than the server.
        var create = new BsonDocument { ["createIndexes"] = Name, ["indexes"] = new BsonArray(DeclaredIndexes), ["writeConcern"] = WriteConcern.WMajority.ToBsonDocument() };
        await db.RunCommandAsync<BsonDocument>(create, cancellationToken: ct);
    }
}
