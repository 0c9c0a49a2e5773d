using MongoDB.Bson;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class ServerStatusTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    /// <summary>Others use the server at the same time, so figures of this test are lower bounds.</summary>
    [Theory]
    [InlineData("insert", "{insert: 'C', documents: [{a: 1}, {a: 2}, {a: 3}]}", "inserted", 3)]
    [InlineData("update", "{update: 'C', updates: [{q: {}, u: {$set: {b: 1}}, multi: true}]}", "updated", 2)]
    [InlineData("update", "{update: 'C', updates: [{q: {_id: 1}, u: {b: 1}, upsert: true}, {q: {_id: 2}, u: {b: 1}, upsert: true}]}", "inserted", 2)]
    [InlineData("findAndModify", "{findAndModify: 'C', query: {}, update: {$set: {b: 1}}}", "updated", 1)]
    [InlineData("findAndModify", "{findAndModify: 'C', query: {_id: 1}, update: {$set: {b: 1}}, upsert: true}", "inserted", 1)]
    [InlineData("delete", "{delete: 'C', deletes: [{q: {}, limit: 0}]}", "deleted", 2)]
    public async Task The_server_counts_commands_and_the_documents_that_they_write(
        string command, string text, string kind, int documents)
    {
        var collection = await mongo.CollectionOfAsync("{a: 1}", "{a: 2}");
        var before = await StatusAsync();

        await mongo.RunAsync(text.Replace("'C'", $"'{collection.CollectionNamespace.CollectionName}'", StringComparison.Ordinal));

        var after = await StatusAsync();
        Assert.InRange(Ran(after) - Ran(before), 1, long.MaxValue);
        Assert.InRange(after["document"][kind].ToInt64() - before["document"][kind].ToInt64(), documents, long.MaxValue);

        long Ran(BsonValue metrics) => metrics["commands"].AsBsonDocument.TryGetValue(command, out var counted) ? counted["total"].ToInt64() : 0;
    }

    private async Task<BsonValue> StatusAsync() => (await mongo.RunAsync("{serverStatus: 1}"))["metrics"];
}
