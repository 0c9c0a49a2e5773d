using System.Text;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Tests.Mongo;

public sealed class WireTests(MongoServer mongo) : IClassFixture<MongoServer>
{
    private string Database => mongo.Database.DatabaseNamespace.DatabaseName;

    [Fact]
    public async Task An_old_handshake_is_answered_in_its_own_form()
    {
        using var raw = await RawClient.ConnectAsync();

        await raw.SendAsync(RawClient.OpQuery,
            [.. new byte[4], .. Encoding.ASCII.GetBytes("admin.$cmd\0"), .. new byte[4], .. BitConverter.GetBytes(-1), .. new BsonDocument("isMaster", 1).ToBson()]);

        Assert.True((await raw.ReceiveAsync())["ismaster"].AsBoolean);
    }

    [Fact]
    public async Task A_checksum_is_passed_over()
    {
        using var raw = await RawClient.ConnectAsync();

        await raw.SendAsync(RawClient.OpMsg, RawClient.Message(new() { { "ping", 1 }, { "$db", "admin" } }, RawClient.Checksum));

        Assert.Equal(1.0, (await raw.ReceiveAsync())["ok"]);
    }

    [Fact]
    public async Task Messages_that_arrive_together_or_in_pieces_are_answered_in_order()
    {
        using var raw = await RawClient.ConnectAsync();
        var ping = RawClient.Frame(RawClient.OpMsg, RawClient.Message(new() { { "ping", 1 }, { "$db", "admin" } }));
        var info = RawClient.Frame(RawClient.OpMsg, RawClient.Message(new() { { "buildInfo", 1 }, { "$db", "admin" } }));

        await raw.SendAsync([.. ping, .. info, .. ping[..9]]);
        Assert.Equal(1, (await raw.ReceiveAsync()).ElementCount);
        Assert.Equal("7.0.0", (await raw.ReceiveAsync())["version"]);
        await raw.SendAsync(ping[9..]);

        Assert.Equal(1.0, (await raw.ReceiveAsync())["ok"]);
    }

    [Fact]
    public async Task Only_the_last_message_of_a_stream_is_answered()
    {
        using var raw = await RawClient.ConnectAsync();
        var insert = new BsonDocument { { "insert", "stream" }, { "documents", new BsonArray { new BsonDocument("_id", 1) } }, { "$db", Database } };

        await raw.SendAsync(RawClient.OpMsg, RawClient.Message(insert, RawClient.MoreToCome));
        var counted = await raw.AskAsync(new() { { "count", "stream" }, { "$db", Database } });

        Assert.Equal(1, counted["n"].ToInt32());
    }

    [Theory]
    [InlineData("insert")]
    [InlineData("update")]
    [InlineData("findAndModify")]
    public async Task A_retryable_write_that_comes_twice_is_done_once(string command)
    {
        using var raw = await RawClient.ConnectAsync();
        var collection = "retried_" + command;
        await raw.AskAsync(new() { { "insert", collection }, { "documents", new BsonArray { new BsonDocument("_id", 0) } }, { "$db", Database } });
        var increment = new BsonDocument("$inc", new BsonDocument("n", 1));
        var write = command switch
        {
            "insert" => new BsonDocument { { command, collection }, { "documents", new BsonArray { new BsonDocument("_id", 1) } } },
            "update" => new() { { command, collection }, { "updates", new BsonArray { new BsonDocument { { "q", new BsonDocument("_id", 0) }, { "u", increment } } } } },
            _ => new() { { command, collection }, { "query", new BsonDocument("_id", 0) }, { "update", increment }, { "new", true } },
        };
        write.AddRange(new BsonDocument
        {
            { "lsid", new BsonDocument("id", new BsonBinaryData(Guid.NewGuid(), GuidRepresentation.Standard)) }, { "txnNumber", 1L }, { "$db", Database },
        });

        var first = await raw.AskAsync(write);
        var second = await raw.AskAsync(write);

        Assert.Equal(1.0, first["ok"].ToDouble());
        Assert.False(second.Contains("writeErrors"));
        var stored = await mongo.Database.GetCollection<BsonDocument>(collection).ContentAsync();
        Assert.Equal(command == "insert" ? """{ "_id" : 0 } { "_id" : 1 }""" : """{ "_id" : 0, "n" : 1 }""", stored);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("\u0010\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public async Task What_is_not_the_protocol_ends_the_connection(string bytes)
    {
        using var raw = await RawClient.ConnectAsync();

        await raw.SendAsync(Encoding.ASCII.GetBytes(bytes));

        Assert.True(await raw.IsClosedAsync());
    }
}
