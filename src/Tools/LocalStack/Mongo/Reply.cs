using System.Buffers.Binary;
using MongoDB.Bson;
using Npgsql;

namespace ChatApp.LocalStack.Mongo;

/// <summary>The answer to one request, built in a buffer that the connection keeps: what the engine says is copied once and never decoded.</summary>
internal sealed class Reply
{
    private const int Prefix = 21, QueryPrefix = 36, OpReply = 1, OpMsg = 2013, KeptSize = 1 << 20;

    private byte[] _buffer = GC.AllocateUninitializedArray<byte>(16 << 10);
    private int _length;

    /// <summary>The document as it stands.</summary>
    public ReadOnlySpan<byte> Document => _buffer.AsSpan(QueryPrefix, _length);

    public void Set(BsonDocument document) => Set(document.ToBson());

    public void Set(ReadOnlySpan<byte> document)
    {
        document.CopyTo(Room(document.Length));
        _length = document.Length;
    }

    public void Set(NpgsqlDataReader reader, int column)
    {
        var length = (int)reader.GetBytes(column, 0, null, 0, 0);
        Room(length);
        reader.GetBytes(column, 0, _buffer, QueryPrefix, length);
        _length = length;
    }

    /// <summary>The whole message, ready to send.</summary>
    public ReadOnlyMemory<byte> ToMessage(int id, Request request)
    {
        var prefix = request.IsQuery ? QueryPrefix : Prefix;
        var message = _buffer.AsMemory(QueryPrefix - prefix, prefix + _length);
        var head = message.Span[..prefix];

        head.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(head, message.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], id);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], request.Id);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], request.IsQuery ? OpReply : OpMsg);

        if (request.IsQuery)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head[16..], 8);     // AwaitCapable
            BinaryPrimitives.WriteInt32LittleEndian(head[32..], 1);     // one document
        }

        return message;
    }

    /// <summary>A large answer must not keep its memory for the life of the connection.</summary>
    public void Shrink()
    {
        if (_buffer.Length > KeptSize)
            _buffer = GC.AllocateUninitializedArray<byte>(16 << 10);
    }

    private Span<byte> Room(int length)
    {
        if (_buffer.Length < QueryPrefix + length)
            _buffer = GC.AllocateUninitializedArray<byte>((int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(QueryPrefix + length)));

        return _buffer.AsSpan(QueryPrefix, length);
    }
}
