using ChatApp.LocalStack.Mongo;
using ChatApp.LocalStack.Mongo.Users;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class PermissionCostTests
{
    [Theory]
    [InlineData("{find: 'things', filter: {a: 1}, $db: 'mine'}")]
    [InlineData("{insert: 'things', documents: [{a: 1}], $db: 'mine'}")]
    [InlineData("{aggregate: 'things', pipeline: [{$match: {a: 1}}, {$sort: {a: 1}}, {$group: {_id: null}}], $db: 'mine'}")]
    public void What_is_allowed_is_asked_for_without_an_allocation(string command)
    {
        var request = new Request();
        request.Read(RawClient.Frame(RawClient.OpMsg, RawClient.Message(BsonDocument.Parse(command))));
        request.User = new User("mine", "somebody", ScramCredential.Of("x"), [Role.Find("dbAdmin", "mine")!, Role.Find("readWrite", "mine")!]);
        Permissions.Demand(request);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            Permissions.Demand(request);

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
