using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class IndexTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_unique_compound_index_refuses_the_second_of_a_pair()
    {
        var collection = await IndexedAsync("{c: 1, rev: 1}", new() { Unique = true });

        await collection.InsertManyAsync(Parse("{c: 1, rev: 1}", "{c: 1, rev: 2}", "{c: 2, rev: 1}"), cancellationToken: Cancel);

        await AssertDuplicateAsync(collection, "{c: 1, rev: 2}");
    }

    [Theory]
    [InlineData("{kind: 'direct'}", "{kind: 'direct', key: 'a'}", "{kind: 'group', key: 'a'}", "{kind: 'group', key: 'a'}")]
    [InlineData("{key: {$exists: true}}", "{kind: 'direct', key: 'a'}", "{kind: 'group'}", "{kind: 'group'}")]
    public async Task A_partial_unique_index_binds_only_its_part(string part, string inside, params string[] outside)
    {
        var collection = await IndexedAsync("{key: 1}", new() { Unique = true, PartialFilterExpression = BsonDocument.Parse(part) });

        await collection.InsertManyAsync(Parse([inside, .. outside]), cancellationToken: Cancel);

        await AssertDuplicateAsync(collection, inside);
    }

    [Fact]
    public async Task A_partial_index_over_the_elements_of_an_array_serves_its_query()
    {
        var collection = await IndexedAsync("{'outbox.at': 1}", new() { PartialFilterExpression = BsonDocument.Parse("{'outbox.at': {$exists: true}}") });
        await collection.InsertManyAsync(
            Enumerable.Range(0, 3000).Select(n => new BsonDocument { { "_id", n }, { "text", new string('x', 100) } }), cancellationToken: Cancel);
        await collection.UpdateManyAsync("{_id: {$in: [5, 7]}}", "{$push: {outbox: {id: 'a', at: 1}}}", cancellationToken: Cancel);
        await collection.UpdateOneAsync("{_id: 7}", "{$pull: {outbox: {id: 'a'}}}", cancellationToken: Cancel);
        const string Waiting = "{'outbox.at': {$exists: true, $lt: 2}}";

        Assert.Equal([5], (await collection.Find(Waiting).Sort("{'outbox.at': 1}").ToListAsync(Cancel)).Select(document => document["_id"].AsInt32));
        Assert.Equal(["SORT", "IXSCAN outbox.at_1"], await StagesAsync(collection, $"filter: {Waiting}, sort: {{'outbox.at': 1}}"));
    }

    [Fact]
    public async Task A_page_by_id_and_a_page_by_a_compound_index_neither_scan_nor_sort()
    {
        var collection = await IndexedAsync("{c: 1, rev: 1}", new());
        await collection.InsertManyAsync(
            Enumerable.Range(0, 5000).Select(n => new BsonDocument { { "_id", n }, { "c", n % 5 }, { "rev", n } }), cancellationToken: Cancel);

        Assert.Equal(["LIMIT", "IXSCAN _id_"], await StagesAsync(collection, "filter: {_id: {$lt: 2500, $gte: 0}}, sort: {_id: -1}, limit: 50"));
        await UntilAsync(async () =>
            await StagesAsync(collection, "filter: {c: 1, rev: {$gt: 2500}}, sort: {rev: 1}, limit: 50") is ["LIMIT", "IXSCAN c_1_rev_1"]);
        Assert.Contains("COLLSCAN", await StagesAsync(collection, "filter: {other: 1}"));
    }

    [Fact]
    public async Task Indexes_are_listed_made_again_refused_in_conflict_and_dropped()
    {
        var collection = await IndexedAsync("{a: 1, b: -1}", new() { Name = "ab", Unique = true });
        await IndexAsync(collection, "{at: 1}", new() { ExpireAfter = TimeSpan.FromMinutes(1) });
        await IndexAsync(collection, "{at: 1}", new() { ExpireAfter = TimeSpan.FromMinutes(1) });

        var listed = (await (await collection.Indexes.ListAsync(Cancel)).ToListAsync(Cancel)).ToDictionary(index => index["name"].AsString);
        Assert.Equal(["_id_", "ab", "at_1"], listed.Keys.Order());
        Assert.True(listed["ab"]["unique"].AsBoolean);
        Assert.Equal(60, listed["at_1"]["expireAfterSeconds"].ToInt32());

        var conflict = await Assert.ThrowsAsync<MongoCommandException>(() => IndexAsync(collection, "{at: 1}", new() { Unique = true }));
        Assert.Equal(86, conflict.Code);

        await collection.Indexes.DropOneAsync("ab", Cancel);
        Assert.Equal(27, (await Assert.ThrowsAsync<MongoCommandException>(() => collection.Indexes.DropOneAsync("ab", Cancel))).Code);
    }

    [Fact]
    public async Task A_unique_index_is_not_made_over_duplicates()
    {
        var collection = await mongo.CollectionOfAsync("{a: 1}", "{a: 1}");

        var error = await Assert.ThrowsAsync<MongoCommandException>(() => IndexAsync(collection, "{a: 1}", new() { Unique = true }));

        Assert.Equal(11000, error.Code);
    }

    [Fact]
    public async Task A_hint_chooses_the_index()
    {
        var collection = await IndexedAsync("{a: 1}", new());
        await collection.InsertManyAsync(Parse("{_id: 1, a: 2}", "{_id: 2, a: 1}"), cancellationToken: Cancel);

        Assert.Equal(1, (await collection.Find("{a: {$gt: 1}}", new FindOptions { Hint = "a_1" }).SingleAsync(Cancel))["_id"]);
    }

    private async Task<IMongoCollection<BsonDocument>> IndexedAsync(string keys, CreateIndexOptions<BsonDocument> options)
    {
        var collection = mongo.NewCollection();
        await IndexAsync(collection, keys, options);
        return collection;
    }

    private static Task<string> IndexAsync(IMongoCollection<BsonDocument> collection, string keys, CreateIndexOptions<BsonDocument> options) =>
        collection.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>(keys, options), cancellationToken: Cancel);

    private static IEnumerable<BsonDocument> Parse(params string[] documents) => documents.Select(BsonDocument.Parse);

    private static async Task AssertDuplicateAsync(IMongoCollection<BsonDocument> collection, string document)
    {
        var error = await Assert.ThrowsAsync<MongoWriteException>(() => collection.InsertOneAsync(BsonDocument.Parse(document), cancellationToken: Cancel));
        Assert.Equal(11000, error.WriteError.Code);
    }

    private async Task<List<string>> StagesAsync(IMongoCollection<BsonDocument> collection, string query)
    {
        var explained = await mongo.RunAsync($"{{explain: {{find: '{collection.CollectionNamespace.CollectionName}', {query}}}, verbosity: 'queryPlanner'}}");

        List<string> stages = [];
        for (var stage = explained["queryPlanner"]["winningPlan"].AsBsonDocument; stage is not null; stage = stage.GetValue("inputStage", null)?.AsBsonDocument)
            stages.Add($"{stage["stage"]} {stage.GetValue("indexName", "")}".TrimEnd());

        return stages;
    }

    // The planner knows how many documents there are only once the engine has looked, which it does every few seconds.
    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        while (!await condition())
            await Task.Delay(200, limit.Token);
    }
}
