using System.Buffers.Binary;
using System.Net.Sockets;
using ChatApp.Testing;
using MongoDB.Bson;
using MongoDB.Bson.Serialization;
using MongoDB.Driver;

namespace ChatApp.LocalStack.Tests.Mongo;

/// <summary>Speaks the wire protocol by hand, for what the driver would not send.</summary>
internal sealed class RawClient : IDisposable
{
    public const int OpQuery = 2004, OpMsg = 2013, Checksum = 1, MoreToCome = 2;

    private readonly TcpClient _client = new();

    public static async Task<RawClient> ConnectAsync()
    {
        var server = new MongoUrl(TestStores.Mongo).Server;
        var raw = new RawClient();
        await raw._client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        return raw;
    }

    public async Task<BsonDocument> AskAsync(BsonDocument command)
    {
        await SendAsync(OpMsg, Message(command));
        return await ReceiveAsync();
    }

    public static byte[] Message(BsonDocument command, int flags = 0) =>
        [.. BitConverter.GetBytes(flags), 0, .. command.ToBson(), .. (flags & Checksum) != 0 ? new byte[] { 1, 2, 3, 4 } : []];

    public static byte[] Frame(int operation, byte[] body) => [.. new[] { 16 + body.Length, 7, 0, operation }.SelectMany(BitConverter.GetBytes), .. body];

    public Task SendAsync(int operation, byte[] body) => SendAsync(Frame(operation, body));

    public async Task SendAsync(byte[] bytes) => await _client.GetStream().WriteAsync(bytes, TestContext.Current.CancellationToken);

    /// <summary>The document of the next answer, whichever of the two forms it has.</summary>
    public async Task<BsonDocument> ReceiveAsync()
    {
        var header = await ReadAsync(16);
        var body = await ReadAsync(BinaryPrimitives.ReadInt32LittleEndian(header) - 16);
        Assert.Equal(7, BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(8)));

        var start = BinaryPrimitives.ReadInt32LittleEndian(header.AsSpan(12)) == OpMsg ? 5 : 20;
        return BsonSerializer.Deserialize<BsonDocument>(body[start..]);
    }

    public async Task<bool> IsClosedAsync() => await _client.GetStream().ReadAsync(new byte[1], TestContext.Current.CancellationToken) == 0;

    public void Dispose() => _client.Dispose();

    private async Task<byte[]> ReadAsync(int length)
    {
        var bytes = new byte[length];
        await _client.GetStream().ReadExactlyAsync(bytes, TestContext.Current.CancellationToken);
        return bytes;
    }
}
