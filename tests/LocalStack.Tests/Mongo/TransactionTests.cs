using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class TransactionTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_a_transaction_wrote_is_seen_inside_at_once_and_outside_after_its_commit()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");
        using var session = await StartAsync();

        await collection.InsertOneAsync(session, new BsonDocument("_id", 2), cancellationToken: Cancel);
        Assert.Equal(2, await collection.CountDocumentsAsync(session, "{}", cancellationToken: Cancel));
        Assert.Equal(1, await collection.CountDocumentsAsync("{}", cancellationToken: Cancel));

        await session.CommitTransactionAsync(Cancel);
        Assert.Equal(2, await collection.CountDocumentsAsync("{}", cancellationToken: Cancel));
    }

    [Fact]
    public async Task What_an_aborted_transaction_wrote_is_gone()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");
        using var session = await StartAsync();

        await collection.UpdateOneAsync(session, "{_id: 1}", "{$set: {a: 1}}", cancellationToken: Cancel);
        await session.AbortTransactionAsync(Cancel);

        Assert.Equal("""{ "_id" : 1 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task A_transaction_reads_what_was_there_when_it_began()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");
        using var session = await StartAsync();
        Assert.Equal(1, await collection.CountDocumentsAsync(session, "{}", cancellationToken: Cancel));

        await collection.InsertOneAsync(new BsonDocument("_id", 2), cancellationToken: Cancel);

        Assert.Equal(1, await collection.CountDocumentsAsync(session, "{}", cancellationToken: Cancel));
        await session.CommitTransactionAsync(Cancel);
    }

    [Fact]
    public async Task The_second_writer_of_a_document_is_told_to_try_the_transaction_again()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");
        using var first = await StartAsync();
        using var second = await StartAsync();
        await collection.UpdateOneAsync(first, "{_id: 1}", "{$set: {a: 1}}", cancellationToken: Cancel);

        var error = await Assert.ThrowsAsync<MongoCommandException>(
            () => collection.UpdateOneAsync(second, "{_id: 1}", "{$set: {a: 2}}", cancellationToken: Cancel));

        Assert.Equal(112, error.Code);
        Assert.True(error.HasErrorLabel("TransientTransactionError"));
        await first.CommitTransactionAsync(Cancel);
        Assert.Equal("""{ "_id" : 1, "a" : 1 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task A_write_error_ends_the_transaction()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1}");
        using var session = await StartAsync();
        await collection.InsertOneAsync(session, new BsonDocument("_id", 2), cancellationToken: Cancel);
        await Assert.ThrowsAsync<MongoWriteException>(() => collection.InsertOneAsync(session, new BsonDocument("_id", 1), cancellationToken: Cancel));

        var error = await Assert.ThrowsAsync<MongoCommandException>(() => session.CommitTransactionAsync(Cancel));

        Assert.Equal(251, error.Code);
        Assert.Equal("""{ "_id" : 1 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task Transactions_on_one_counter_lose_no_step()
    {
        var collection = await mongo.CollectionOfAsync("{_id: 1, n: 0}");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            using var session = await mongo.Database.Client.StartSessionAsync(cancellationToken: Cancel);
            for (var i = 0; i < 5; i++)
                await session.WithTransactionAsync(async (inside, ct) => await StepAsync(collection, inside, ct), cancellationToken: Cancel);
        }));

        Assert.Equal("""{ "_id" : 1, "n" : 30 }""", await collection.ContentAsync());
    }

    [Fact]
    public async Task A_cursor_goes_on_inside_its_transaction()
    {
        var collection = mongo.NewCollection();
        await collection.InsertManyAsync(Enumerable.Range(0, 100).Select(n => new BsonDocument("_id", n)), cancellationToken: Cancel);
        using var session = await StartAsync();

        var found = await collection.Find(session, "{}", new FindOptions { BatchSize = 10 }).Sort("{_id: -1}").ToListAsync(Cancel);

        Assert.Equal(100, found.Count);
        await session.CommitTransactionAsync(Cancel);
    }

    private async Task<IClientSessionHandle> StartAsync()
    {
        var session = await mongo.Database.Client.StartSessionAsync(cancellationToken: Cancel);
        session.StartTransaction();
        return session;
    }

    private static async Task<int> StepAsync(IMongoCollection<BsonDocument> collection, IClientSessionHandle session, CancellationToken ct)
    {
        var counter = await collection.Find(session, "{_id: 1}").SingleAsync(ct);
        await collection.UpdateOneAsync(session, "{_id: 1}", new BsonDocument("$set", new BsonDocument("n", counter["n"].AsInt32 + 1)), cancellationToken: ct);
        return 0;
    }
}
