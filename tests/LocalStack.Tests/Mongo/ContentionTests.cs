using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>Writers that meet: PostgreSQL resolves some of it by deadlock, of which clients must not see anything.</summary>
public sealed class ContentionTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private const int Writers = 16;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{_id: 'race'}")]
    [InlineData("{key: 'race'}")]
    public async Task Racing_upserts_of_one_key_make_one_document_and_lose_no_update(string filter)
    {
        var collection = await UniqueAsync();

        await RaceAsync(_ => collection.UpdateOneAsync(filter, "{$inc: {n: 1}}", new UpdateOptions { IsUpsert = true }, Cancel));

        Assert.Equal(Writers, (await collection.Find(filter).SingleAsync(Cancel))["n"].AsInt32);
    }

    [Fact]
    public async Task Racing_find_and_updates_count_every_one()
    {
        var collection = await UniqueAsync();
        var options = new FindOneAndUpdateOptions<BsonDocument> { IsUpsert = true, ReturnDocument = ReturnDocument.After };

        var numbers = await RaceAsync(async _ => (await collection.FindOneAndUpdateAsync("{key: 'seq'}", "{$inc: {n: 1}}", options, Cancel))["n"].AsInt32);

        Assert.Equal(Enumerable.Range(1, Writers), numbers.Order());
    }

    [Fact]
    public async Task Of_racing_inserts_of_one_unique_key_one_wins_and_the_others_are_duplicates()
    {
        var collection = await UniqueAsync();

        var codes = await RaceAsync(async _ =>
        {
            try
            {
                await collection.InsertOneAsync(new BsonDocument("key", "race"), cancellationToken: Cancel);
                return 0;
            }
            catch (MongoWriteException e)
            {
                return e.WriteError.Code;
            }
        });

        Assert.Single(codes, 0);
        Assert.Equal(Writers - 1, codes.Count(code => code == 11000));
    }

    [Fact]
    public async Task Racing_batches_that_overlap_store_every_key_once()
    {
        var collection = await UniqueAsync();

        await RaceAsync(async writer =>
        {
            var batch = Enumerable.Range(0, 20).Select(i => new BsonDocument("key", (writer + i) % 40));
            try
            {
                await collection.InsertManyAsync(batch, new InsertManyOptions { IsOrdered = false }, Cancel);
            }
            catch (MongoBulkWriteException<BsonDocument> e)
            {
                Assert.All(e.WriteErrors, error => Assert.Equal(11000, error.Code));
            }

            return 0;
        });

        var keys = (await collection.Find("{}").ToListAsync(Cancel)).Select(document => document["key"].AsInt32).Order();
        Assert.Equal(Enumerable.Range(0, Writers + 19), keys);
    }

    private async Task<IMongoCollection<BsonDocument>> UniqueAsync()
    {
        var collection = mongo.NewCollection();
        var options = new CreateIndexOptions<BsonDocument> { Unique = true, PartialFilterExpression = BsonDocument.Parse("{key: {$exists: true}}") };
        await collection.Indexes.CreateOneAsync(new CreateIndexModel<BsonDocument>("{key: 1}", options), cancellationToken: Cancel);
        return collection;
    }

    private static Task<T[]> RaceAsync<T>(Func<int, Task<T>> write) => Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(() => write(writer), Cancel)));
}
