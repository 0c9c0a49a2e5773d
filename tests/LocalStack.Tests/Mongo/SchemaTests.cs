using MongoDB.Bson;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class SchemaTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("{required: ['a']}", "{b: 1}")]
    [InlineData("{properties: {a: {bsonType: 'int'}}}", "{a: 'x'}")]
    [InlineData("{properties: {a: {bsonType: ['int', 'null']}}}", "{a: true}")]
    [InlineData("{properties: {a: {minimum: 1}}}", "{a: 0}")]
    [InlineData("{properties: {a: {maximum: 1}}}", "{a: 2}")]
    [InlineData("{properties: {a: {bsonType: 'string', minLength: 1, maxLength: 3}}}", "{a: 'xxxx'}")]
    [InlineData("{properties: {a: {bsonType: 'string', pattern: '^x+$'}}}", "{a: 'y'}")]
    [InlineData("{properties: {a: {enum: ['x', 'y']}}}", "{a: 'z'}")]
    [InlineData("{properties: {a: {bsonType: 'array', maxItems: 2, items: {bsonType: 'int'}}}}", "{a: ['x']}")]
    [InlineData("{properties: {a: {bsonType: 'object', required: ['x'], properties: {x: {bsonType: 'binData'}}}}}", "{a: {x: 1}}")]
    public async Task A_schema_refuses_what_it_does_not_describe(string schema, string document)
    {
        var collection = await CreateAsync($"{{$jsonSchema: {schema}}}");

        var error = await Assert.ThrowsAsync<MongoWriteException>(() => collection.InsertOneAsync(BsonDocument.Parse(document), cancellationToken: Cancel));

        Assert.Equal(121, error.WriteError.Code);
    }

    [Fact]
    public async Task A_schema_binds_every_kind_of_write()
    {
        var collection = await CreateAsync("{$jsonSchema: {required: ['a'], properties: {a: {bsonType: 'int'}}}}");
        await collection.InsertOneAsync(BsonDocument.Parse("{_id: 1, a: 1}"), cancellationToken: Cancel);
        var upsert = new UpdateOptions { IsUpsert = true };

        await AssertRefusedAsync(() => collection.UpdateOneAsync("{_id: 1}", "{$set: {a: 'x'}}", cancellationToken: Cancel));
        await AssertRefusedAsync(() => collection.UpdateOneAsync("{_id: 2}", "{$set: {b: 1}}", upsert, Cancel));
        await AssertRefusedAsync(() => collection.ReplaceOneAsync("{_id: 1}", [], cancellationToken: Cancel));
        var found = await Assert.ThrowsAsync<MongoCommandException>(
            () => collection.FindOneAndUpdateAsync("{_id: 1}", "{$unset: {a: 1}}", cancellationToken: Cancel));
        Assert.Equal(121, found.Code);
        Assert.Equal("""{ "_id" : 1, "a" : 1 }""", await collection.ContentAsync());

        static async Task AssertRefusedAsync(Func<Task> write) => Assert.Equal(121, (await Assert.ThrowsAsync<MongoWriteException>(write)).WriteError.Code);
    }

    [Fact]
    public async Task A_schema_is_changed_in_place()
    {
        var collection = await CreateAsync("{a: {$gt: 5}}");
        var name = collection.CollectionNamespace.CollectionName;

        await mongo.RunAsync($"{{collMod: '{name}', validator: {{$jsonSchema: {{required: ['z']}}}}, validationLevel: 'strict', validationAction: 'error'}}");

        await collection.InsertOneAsync(BsonDocument.Parse("{_id: 1, a: 1, z: 1}"), cancellationToken: Cancel);
        await Assert.ThrowsAsync<MongoWriteException>(() => collection.InsertOneAsync(BsonDocument.Parse("{a: 9}"), cancellationToken: Cancel));
        Assert.Equal("z", (await ListedAsync(name))["options"]["validator"]["$jsonSchema"]["required"][0].AsString);
    }

    [Fact]
    public async Task A_collection_is_created_once_renamed_and_dropped()
    {
        var name = (await CreateAsync("{}")).CollectionNamespace.CollectionName;

        Assert.Equal(48, (await Assert.ThrowsAsync<MongoCommandException>(() => mongo.Database.CreateCollectionAsync(name, cancellationToken: Cancel))).Code);
        await mongo.Database.RenameCollectionAsync(name, name + "2", cancellationToken: Cancel);
        await mongo.Database.DropCollectionAsync(name + "2", Cancel);
        await mongo.Database.DropCollectionAsync(name + "2", Cancel);

        Assert.DoesNotContain(name + "2", await (await mongo.Database.ListCollectionNamesAsync(cancellationToken: Cancel)).ToListAsync(Cancel));
    }

    [Theory]
    [InlineData("{collMod: 'missing', validator: {}}", 26)]
    [InlineData("{listIndexes: 'missing'}", 26)]
    [InlineData("{fly: 1}", 59)]
    [InlineData("{bulkWrite: 1}", 59)]
    [InlineData("{aggregate: 'c', pipeline: [{$nonsense: 1}], cursor: {}}", 40324)]
    [InlineData("{aggregate: 'c', pipeline: [{$changeStream: {}}], cursor: {}}", 115)]
    [InlineData("{find: 'c', filter: {a: {$nonsense: 1}}}", 2)]
    public async Task A_command_that_can_not_be_done_has_MongoDBs_code(string command, int code) => Assert.Equal(code, await mongo.CodeOfAsync(command));

    [Fact]
    public async Task A_dropped_database_is_gone()
    {
        var other = mongo.Database.Client.GetDatabase($"test_{Guid.NewGuid():N}");
        await other.GetCollection<BsonDocument>("c").InsertOneAsync([], cancellationToken: Cancel);
        Assert.Contains(other.DatabaseNamespace.DatabaseName, await (await mongo.Database.Client.ListDatabaseNamesAsync(Cancel)).ToListAsync(Cancel));

        await mongo.Database.Client.DropDatabaseAsync(other.DatabaseNamespace.DatabaseName, Cancel);

        Assert.DoesNotContain(other.DatabaseNamespace.DatabaseName, await (await mongo.Database.Client.ListDatabaseNamesAsync(Cancel)).ToListAsync(Cancel));
    }

    [Fact]
    public async Task The_server_says_what_it_is()
    {
        Assert.Equal(1.0, (await mongo.RunAsync("{ping: 1}"))["ok"]);
        Assert.Equal("7.0.0", (await mongo.RunAsync("{buildInfo: 1}"))["version"]);

        var hello = await mongo.RunAsync("{hello: 1}");
        Assert.True(hello["isWritablePrimary"].AsBoolean);
        Assert.Equal(hello["me"], hello["primary"]);
    }

    private async Task<IMongoCollection<BsonDocument>> CreateAsync(string validator)
    {
        var collection = mongo.NewCollection();
        var options = new CreateCollectionOptions<BsonDocument> { Validator = BsonDocument.Parse(validator) };
        await mongo.Database.CreateCollectionAsync(collection.CollectionNamespace.CollectionName, options, Cancel);
        return collection;
    }

    private async Task<BsonDocument> ListedAsync(string name)
    {
        var options = new ListCollectionsOptions { Filter = new BsonDocument("name", name) };
        return await (await mongo.Database.ListCollectionsAsync(options, Cancel)).SingleAsync(Cancel);
    }
}
