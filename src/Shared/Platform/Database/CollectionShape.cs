using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Bson.Serialization.Serializers;
using MongoDB.Driver;

namespace ChatApp.Platform.Database;

/// <summary>What a migration makes of a collection.</summary>
/// <param name="Name">The collection, which is created unless it is there.</param>
/// <param name="Schema">
/// The <c>$jsonSchema</c> that the server holds every document against, with keywords that all engines know: no <c>additionalProperties</c>, <c>anyOf</c>,
/// <c>allOf</c>, <c>not</c> or <c>description</c>. Null leaves it as it is.
/// </param>
/// <param name="Indexes">The indexes that it gets.</param>
public sealed record CollectionShape(string Name, string? Schema, params IReadOnlyList<CreateIndexModel<BsonDocument>> Indexes)
{
    /// <summary>The names of indexes that it loses. An index that changes is dropped and created in one step.</summary>
    public IReadOnlyList<string> Drop { get; init; } = [];

    internal BsonDocument? Validator { get; } = Schema is null ? null : new BsonDocument("$jsonSchema", BsonDocument.Parse(Schema));

    internal IEnumerable<BsonDocument> DeclaredIndexes => Indexes.Select(Declare);

    internal BsonDocument Declared => new()
    {
        ["name"] = Name,
        ["validator"] = Validator ?? (BsonValue)BsonNull.Value,
        ["indexes"] = new BsonArray(DeclaredIndexes),
        ["drop"] = new BsonArray(Drop),
    };

    internal async Task ApplyAsync(IMongoDatabase db, CancellationToken ct)
    {
        using var names = await db.ListCollectionNamesAsync(new ListCollectionNamesOptions { Filter = new BsonDocument("name", Name) }, ct);
        if (!await names.AnyAsync(ct))
            await db.CreateCollectionAsync(Name, new CreateCollectionOptions<BsonDocument> { Validator = Validator }, ct);
        else if (Validator is not null)
            await db.RunCommandAsync<BsonDocument>(new BsonDocument { ["collMod"] = Name, ["validator"] = Validator }, cancellationToken: ct);

        var indexes = db.GetCollection<BsonDocument>(Name).Indexes;
        using var live = await indexes.ListAsync(ct);
        var old = (await live.ToListAsync(ct)).Select(index => index["name"].AsString).Intersect(Drop);
        foreach (var index in old)
            await indexes.DropOneAsync(index, ct);
        if (Indexes.Count > 0)
            await indexes.CreateManyAsync(Indexes, ct);
    }

    /// <summary>An index as the server lists it.</summary>
    private static BsonDocument Declare(CreateIndexModel<BsonDocument> index)
    {
        var render = new RenderArgs<BsonDocument>(BsonDocumentSerializer.Instance, BsonSerializer.SerializerRegistry);
        var keys = index.Keys.Render(render);
        var declared = new BsonDocument
        {
            ["key"] = keys,
            ["name"] = index.Options.Name ?? string.Join('_', keys.Select(key => $"{key.Name}_{key.Value}")),
        };
        if (index.Options.Unique == true)
            declared["unique"] = true;
        if (index.Options.Sparse == true)
            declared["sparse"] = true;
        if (index.Options.ExpireAfter is { } expiry)
            declared["expireAfterSeconds"] = (long)expiry.TotalSeconds;
        if (index.Options is CreateIndexOptions<BsonDocument> { PartialFilterExpression: { } filter })
            declared["partialFilterExpression"] = filter.Render(render);
        return declared;
    }
}
