using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class QueryTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Find_sorts_skips_limits_and_projects()
    {
        var collection = await NumbersAsync(10);

        var found = await collection.Find("{n: {$gte: 3}}").Sort("{n: -1}").Skip(1).Limit(2).Project("{n: 1, _id: 0}").ToListAsync(Cancel);

        Assert.Equal([8, 7], found.Select(document => document["n"].AsInt32));
        Assert.All(found, document => Assert.Equal(1, document.ElementCount));
    }

    [Theory]
    [InlineData("{n: {$in: [1, 2, 99]}}", 2)]
    [InlineData("{$or: [{n: 1}, {n: {$gt: 8}}]}", 2)]
    [InlineData("{n: {$exists: false}}", 0)]
    [InlineData("{s: /^n[12]$/}", 2)]
    [InlineData("{l: {$elemMatch: {x: 3}}}", 1)]
    [InlineData("{'l.x': {$exists: true, $lt: 3}}", 3)]
    [InlineData("{n: {$nin: [0, 1]}, s: {$ne: 'n2'}}", 7)]
    public async Task A_filter_finds_what_it_says(string filter, int expected) =>
        Assert.Equal(expected, (await (await NumbersAsync(10)).Find(filter).ToListAsync(Cancel)).Count);

    [Fact]
    public async Task A_page_by_an_embedded_id_comes_in_order()
    {
        var collection = mongo.NewCollection();
        await collection.InsertManyAsync(Enumerable.Range(1, 100).Select(s => new BsonDocument("_id", Id(s % 2, s))), cancellationToken: Cancel);
        var page = new BsonDocument("_id", new BsonDocument { { "$lt", Id(1, 50) }, { "$gte", Id(1, 0) } });

        var found = await collection.Find(page).Sort("{_id: -1}").Limit(3).ToListAsync(Cancel);

        Assert.Equal([Id(1, 49), Id(1, 47), Id(1, 45)], found.Select(document => document["_id"]));

        static BsonDocument Id(long c, long s) => new() { { "c", c }, { "s", s } };
    }

    [Fact]
    public async Task A_cursor_brings_all_batches_in_order()
    {
        var collection = await NumbersAsync(1000);

        var found = await collection.Find("{}", new FindOptions { BatchSize = 30 }).Sort("{n: 1}").ToListAsync(Cancel);

        Assert.Equal(Enumerable.Range(0, 1000), found.Select(document => document["n"].AsInt32));
    }

    [Fact]
    public async Task Many_cursors_are_open_at_once_without_a_connection_each()
    {
        var collection = await NumbersAsync(50);
        var cursors = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ =>
            collection.Find("{}", new FindOptions { BatchSize = 20 }).Sort("{n: -1}").ToCursorAsync(Cancel)));

        foreach (var cursor in cursors)
            Assert.Equal(50, (await cursor.ToListAsync(Cancel)).Count);
    }

    [Fact]
    public async Task A_killed_cursor_is_gone()
    {
        var collection = await NumbersAsync(50);
        var name = collection.CollectionNamespace.CollectionName;
        var id = (await mongo.RunAsync($"{{find: '{name}', sort: {{n: 1}}, batchSize: 10}}"))["cursor"]["id"].AsInt64;

        var killed = await mongo.RunAsync($"{{killCursors: '{name}', cursors: [NumberLong('{id}'), NumberLong(1)]}}");

        Assert.Equal([id], killed["cursorsKilled"].AsBsonArray.Select(cursor => cursor.AsInt64));
        Assert.Equal([1L], killed["cursorsNotFound"].AsBsonArray.Select(cursor => cursor.AsInt64));
        Assert.Equal(43, await mongo.CodeOfAsync($"{{getMore: NumberLong('{id}'), collection: '{name}'}}"));
    }

    [Fact]
    public async Task Documents_are_counted_and_values_told_apart()
    {
        var collection = await NumbersAsync(10);

        Assert.Equal(4, await collection.CountDocumentsAsync("{n: {$gt: 5}}", cancellationToken: Cancel));
        Assert.Equal(3, await collection.CountDocumentsAsync("{}", new CountOptions { Limit = 3 }, Cancel));
        Assert.Equal(10, await collection.EstimatedDocumentCountAsync(cancellationToken: Cancel));
        Assert.Equal([0, 1, 2], (await (await collection.DistinctAsync<int>("r", "{}", cancellationToken: Cancel)).ToListAsync(Cancel)).Order());
    }

    [Fact]
    public async Task An_aggregation_groups_joins_and_sorts()
    {
        var collection = await NumbersAsync(10);
        var name = collection.CollectionNamespace.CollectionName;

        var cursor = await collection.AggregateAsync<BsonDocument>(new[]
        {
            BsonDocument.Parse("{$match: {n: {$lt: 9}}}"),
            BsonDocument.Parse("{$group: {_id: '$r', sum: {$sum: '$n'}, last: {$max: '$n'}}}"),
            BsonDocument.Parse($"{{$lookup: {{from: '{name}', localField: 'last', foreignField: 'n', as: 'of'}}}}"),
            BsonDocument.Parse("{$project: {sum: 1, name: {$first: '$of.s'}}}"),
            BsonDocument.Parse("{$sort: {_id: -1}}"),
        }, cancellationToken: Cancel);
        var groups = await cursor.ToListAsync(Cancel);

        Assert.Equal("""{ "_id" : 2, "sum" : 15, "name" : "n8" }""", groups[0].ToJson());
        Assert.Equal(3, groups.Count);
    }

    [Fact]
    public async Task Nothing_is_found_where_nothing_is()
    {
        var collection = mongo.NewCollection();

        Assert.Empty(await collection.Find("{}").ToListAsync(Cancel));
        Assert.Equal(0, await collection.CountDocumentsAsync("{}", cancellationToken: Cancel));
        Assert.Equal(0, (await collection.DeleteManyAsync("{}", Cancel)).DeletedCount);
    }

    private async Task<IMongoCollection<BsonDocument>> NumbersAsync(int count)
    {
        var collection = mongo.NewCollection();
        await collection.InsertManyAsync(
            Enumerable.Range(0, count).Select(n => new BsonDocument { { "n", n }, { "r", n % 3 }, { "s", $"n{n}" }, { "l", new BsonArray { new BsonDocument("x", n) } } }),
            cancellationToken: Cancel);
        return collection;
    }
}
