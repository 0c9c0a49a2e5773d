using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class UpdateTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{$set: {b: 1}}", """{ "_id" : 1, "n" : 1, "l" : ["a", "b"], "o" : [{ "id" : 1 }, { "id" : 2 }], "b" : 1 }""")]
    [InlineData("{$unset: {o: 1, l: 1}}", """{ "_id" : 1, "n" : 1 }""")]
    [InlineData("{$inc: {n: 2}, $unset: {o: 1}}", """{ "_id" : 1, "n" : 3, "l" : ["a", "b"] }""")]
    [InlineData("{$max: {n: 5}, $min: {m: 2}, $unset: {o: 1}}", """{ "_id" : 1, "n" : 5, "l" : ["a", "b"], "m" : 2 }""")]
    [InlineData("{$push: {l: 'c'}, $unset: {o: 1}}", """{ "_id" : 1, "n" : 1, "l" : ["a", "b", "c"] }""")]
    [InlineData("{$push: {l: {$each: ['c', 'd'], $slice: -2}}, $unset: {o: 1}}", """{ "_id" : 1, "n" : 1, "l" : ["c", "d"] }""")]
    [InlineData("{$addToSet: {l: 'd'}, $unset: {o: 1}}", """{ "_id" : 1, "n" : 1, "l" : ["a", "b", "d"] }""")]
    [InlineData("{$pull: {l: {$in: ['a', 'x']}, o: {id: {$in: [1]}}}}", """{ "_id" : 1, "n" : 1, "l" : ["b"], "o" : [{ "id" : 2 }] }""")]
    public async Task An_update_changes_one_document_as_MongoDB_would(string update, string expected)
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, n: 1, l: ['a', 'b'], o: [{id: 1}, {id: 2}]}");

        var result = await collection.UpdateOneAsync("{_id: 1}", update, cancellationToken: Cancel);

        Assert.Equal((1, 1), (result.MatchedCount, result.ModifiedCount));
        Assert.Equal(expected, await collection.ContentAsync());
    }

    [Fact]
    public async Task An_update_that_changes_nothing_says_so()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, n: 5}");

        var result = await collection.UpdateOneAsync("{_id: 1}", "{$max: {n: 3}}", cancellationToken: Cancel);

        Assert.Equal((1, 0), (result.MatchedCount, result.ModifiedCount));
    }

    [Fact]
    public async Task An_upsert_inserts_once_and_updates_from_then_on()
    {
        var collection = mongo.NewCollection();
        const string Update = "{$setOnInsert: {first: true}, $inc: {n: 1}}";

        var inserted = await collection.UpdateOneAsync("{_id: 7}", Update, new UpdateOptions { IsUpsert = true }, Cancel);
        var updated = await collection.UpdateOneAsync("{_id: 7}", Update, new UpdateOptions { IsUpsert = true }, Cancel);

        Assert.Equal(7, inserted.UpsertedId.AsInt32);
        Assert.Null(updated.UpsertedId);
        Assert.Equal("""{ "_id" : 7, "first" : true, "n" : 2 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task An_array_filter_chooses_the_elements()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, l: [{id: 1, x: 0}, {id: 2, x: 0}]}");
        var options = new UpdateOptions { ArrayFilters = [new JsonArrayFilterDefinition<BsonDocument>("{'e.id': 2}")] };

        await collection.UpdateOneAsync("{_id: 1}", "{$set: {'l.$[e].x': 9}}", options, Cancel);

        Assert.Equal("""{ "_id" : 1, "l" : [{ "id" : 1, "x" : 0 }, { "id" : 2, "x" : 9 }] }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task Many_documents_are_updated_and_deleted_at_once()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, k: 1}", "{_id: 2, k: 1}", "{_id: 3, k: 2}");

        var updated = await collection.UpdateManyAsync("{k: 1}", "{$set: {k: 3}}", cancellationToken: Cancel);
        var deleted = await collection.DeleteManyAsync("{k: 3}", Cancel);

        Assert.Equal((2, 2), (updated.ModifiedCount, deleted.DeletedCount));
        Assert.Equal("""{ "_id" : 3, "k" : 2 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task A_bulk_write_mixes_inserts_updates_upserts_replacements_and_deletes()
    {
        var collection = mongo.NewCollection();

        var result = await collection.BulkWriteAsync(
            [
                new InsertOneModel<BsonDocument>(new BsonDocument("_id", 1)),
                new UpdateOneModel<BsonDocument>("{_id: 1}", "{$set: {a: 1}}"),
                new UpdateOneModel<BsonDocument>("{_id: 2}", "{$set: {a: 1}}") { IsUpsert = true },
                new ReplaceOneModel<BsonDocument>("{_id: 2}", BsonDocument.Parse("{_id: 2, z: 1}")),
                new DeleteOneModel<BsonDocument>("{_id: 1}"),
            ],
            cancellationToken: Cancel);

        Assert.Equal((1L, 2L, 1, 1L), (result.InsertedCount, result.ModifiedCount, result.Upserts.Count, result.DeletedCount));
        Assert.Equal("""{ "_id" : 2, "z" : 1 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task A_bulk_write_tells_which_of_its_updates_failed()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, k: 1}", "{_id: 2, k: 2}");
        await collection.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>("{k: 1}", new CreateIndexOptions { Unique = true }), cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(() => collection.BulkWriteAsync(
            [new UpdateOneModel<BsonDocument>("{_id: 1}", "{$set: {a: 1}}"), new UpdateOneModel<BsonDocument>("{_id: 1}", "{$set: {k: 2}}")],
            cancellationToken: Cancel));

        Assert.Equal([(1, 11000)], error.WriteErrors.Select(write => (write.Index, write.Code)));
        Assert.Equal(1, error.Result.ModifiedCount);
    }

    [Theory]
    [InlineData(ReturnDocument.Before, """{ "_id" : 1, "n" : 1 }""")]
    [InlineData(ReturnDocument.After, """{ "_id" : 1, "n" : 2 }""")]
    public async Task Find_and_update_gives_the_document_before_or_after(ReturnDocument which, string expected)
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, n: 1, x: 1}");
        var options = new FindOneAndUpdateOptions<BsonDocument> { ReturnDocument = which, Projection = "{n: 1}" };

        Assert.Equal(expected, (await collection.FindOneAndUpdateAsync("{_id: 1}", "{$inc: {n: 1}}", options, Cancel)).ToJson());
        Assert.Null(await collection.FindOneAndUpdateAsync("{_id: 2}", "{$inc: {n: 1}}", options, Cancel));
    }

    [Fact]
    public async Task Find_and_update_inserts_what_is_missing()
    {
        var collection = mongo.NewCollection();
        var options = new FindOneAndUpdateOptions<BsonDocument> { IsUpsert = true, ReturnDocument = ReturnDocument.After };

        var inserted = await collection.FindOneAndUpdateAsync("{_id: 1}", "{$inc: {n: 1}, $setOnInsert: {z: 1}}", options, Cancel);

        Assert.Equal(BsonDocument.Parse("{_id: 1, n: 1, z: 1}"), inserted);
    }

    [Fact]
    public async Task Find_and_update_into_a_duplicate_fails_with_its_code()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, k: 1}", "{_id: 2, k: 2}");
        await collection.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>("{k: 1}", new CreateIndexOptions { Unique = true }), cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<MongoCommandException>(() => collection.FindOneAndUpdateAsync("{_id: 1}", "{$set: {k: 2}}", cancellationToken: Cancel));

        Assert.Equal(11000, error.Code);
    }

    [Fact]
    public async Task Find_and_replace_and_find_and_delete_give_what_was_there()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, a: 1}");

        Assert.Equal("""{ "_id" : 1, "a" : 1 }""", (await collection.FindOneAndReplaceAsync("{_id: 1}", BsonDocument.Parse("{b: 1}"), cancellationToken: Cancel)).ToJson());
        Assert.Equal("""{ "_id" : 1, "b" : 1 }""", (await collection.FindOneAndDeleteAsync("{_id: 1}", cancellationToken: Cancel)).ToJson());
        Assert.Equal("", await collection.ContentAsync());
    }
}
