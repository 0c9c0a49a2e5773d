using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class InsertTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_duplicate_key_is_told_as_such()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");

        var error = await Assert.ThrowsAsync<MongoWriteException>(() => collection.InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Cancel));

        Assert.Equal(11000, error.WriteError.Code);
        Assert.Equal(ServerErrorCategory.DuplicateKey, error.WriteError.Category);
        Assert.Contains("E11000", error.WriteError.Message);
    }

    [Fact]
    public async Task An_ordered_insert_stops_at_the_duplicate_and_keeps_what_came_before()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");

        var error = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(() => InsertAsync(collection, ordered: true, 2, 3, 1, 4));

        Assert.Equal([(2, 11000)], error.WriteErrors.Select(write => (write.Index, write.Code)));
        Assert.Equal(2, error.Result.InsertedCount);
        Assert.Equal("""{ "_id" : 1 } { "_id" : 2 } { "_id" : 3 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task An_unordered_insert_leaves_only_the_duplicates_out()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}", "{_id: 3}");

        var error = await Assert.ThrowsAsync<MongoBulkWriteException<BsonDocument>>(() => InsertAsync(collection, ordered: false, 1, 2, 3, 4));

        Assert.Equal([0, 2], error.WriteErrors.Select(write => write.Index));
        Assert.Equal(4, await collection.CountDocumentsAsync("{}", cancellationToken: Cancel));
    }

    [Fact]
    public async Task Every_type_that_the_services_store_comes_back_as_it_was()
    {
        var stored = new BsonDocument
        {
            { "_id", new BsonDocument { { "c", new BsonBinaryData(Guid.CreateVersion7(), GuidRepresentation.Standard) }, { "s", 1L } } },
            { "date", new DateTime(2026, 1, 2, 3, 4, 5, 678, DateTimeKind.Utc) },
            { "money", new BsonDecimal128(1.25m) },
            { "large", long.MaxValue },
            { "nothing", BsonNull.Value },
            { "empty", new BsonArray() },
            { "bytes", new byte[] { 0, 1, 255 } },
            { "text", "ä 👋 \u0001" },
            { "nested", new BsonDocument("list", new BsonArray { 1, "a", true }) },
        };
        var collection = mongo.NewCollection();

        await collection.InsertOneAsync(stored, cancellationToken: Cancel);

        Assert.Equal(stored, await collection.Find(new BsonDocument("_id", stored["_id"])).SingleAsync(Cancel));
    }

    [Fact]
    public async Task A_document_of_nearly_sixteen_megabytes_is_stored()
    {
        var collection = mongo.NewCollection();

        await collection.InsertOneAsync(new BsonDocument { { "_id", 1 }, { "text", new string('x', 15_900_000) } }, cancellationToken: Cancel);

        Assert.Equal(15_900_000, (await collection.Find("{}").SingleAsync(Cancel))["text"].AsString.Length);
    }

    [Fact]
    public async Task A_write_that_wants_no_answer_is_done()
    {
        var collection = mongo.NewCollection();

        await collection.WithWriteConcern(WriteConcern.Unacknowledged).InsertOneAsync(new BsonDocument("_id", 1), cancellationToken: Cancel);

        while (await collection.CountDocumentsAsync("{}", cancellationToken: Cancel) == 0)
            await Task.Delay(10, Cancel);
    }

    private static Task InsertAsync(IMongoCollection<BsonDocument> collection, bool ordered, params int[] ids) =>
        collection.InsertManyAsync(ids.Select(id => new BsonDocument("_id", id)), new InsertManyOptions { IsOrdered = ordered }, Cancel);
}
