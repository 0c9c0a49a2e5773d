using System.Buffers.Binary;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
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

    /// <summary>A client that has not signed in.</summary>
    public static async Task<RawClient> StrangerAsync()
    {
        var server = new MongoUrl(TestStores.Mongo).Server;
        var raw = new RawClient();
        await raw._client.ConnectAsync(server.Host, server.Port, TestContext.Current.CancellationToken);
        return raw;
    }

    /// <summary>A client of the user that an address names.</summary>
    public static async Task<RawClient> ConnectAsync(string? address = null)
    {
        var url = new MongoUrl(address ?? TestStores.Mongo);
        var raw = await StrangerAsync();
        Assert.Equal(1.0, (await raw.SignInAsync(url.AuthenticationSource, url.Username, url.Password))["ok"]);
        return raw;
    }

    /// <summary>As RFC 5802 and RFC 7677 say it.</summary>
    /// <returns>The last answer.</returns>
    public async Task<BsonDocument> SignInAsync(string database, string user, string password, bool skipEmpty = true)
    {
        var bare = $"n={user},r={Guid.NewGuid():N}";
        var start = new BsonDocument { { "saslStart", 1 }, { "mechanism", "SCRAM-SHA-256" }, { "payload", Encoding.UTF8.GetBytes($"n,,{bare}") }, { "$db", database } };
        if (skipEmpty)
            start["options"] = new BsonDocument("skipEmptyExchange", true);
        var first = await AskAsync(start);
        var challenge = Encoding.UTF8.GetString(first["payload"].AsByteArray);
        var (nonce, salt, iterations) = challenge.Split(',') is [var r, var s, var i] ? (r[2..], Convert.FromBase64String(s[2..]), int.Parse(i[2..])) : default;

        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt!, iterations, HashAlgorithmName.SHA256, 32);
        var key = HMACSHA256.HashData(salted, "Client Key"u8);
        var signature = HMACSHA256.HashData(SHA256.HashData(key), Encoding.UTF8.GetBytes($"{bare},{challenge},c=biws,r={nonce}"));
        var proof = Convert.ToBase64String([.. key.Zip(signature, (left, right) => (byte)(left ^ right))]);
        return await AskAsync(Continue(first, $"c=biws,r={nonce},p={proof}", database));
    }

    /// <summary>The next message of a conversation.</summary>
    public static BsonDocument Continue(BsonDocument answer, string payload, string database) => new()
    {
        { "saslContinue", 1 }, { "conversationId", answer["conversationId"] }, { "payload", Encoding.UTF8.GetBytes(payload) }, { "$db", database },
    };

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
