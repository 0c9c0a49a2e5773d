using System.Buffers.Binary;
using System.Text;
using MongoDB.Bson;

namespace ChatApp.LocalStack.Mongo;

/// <summary>Walks the elements of a BSON document where it lies, so that a command is looked into without being decoded.</summary>
internal ref struct RawBson
{
    private ReadOnlySpan<byte> _rest;

    public RawBson(ReadOnlySpan<byte> document)
    {
        var length = document.Length < 5 ? -1 : BinaryPrimitives.ReadInt32LittleEndian(document);
        if (length < 5 || length > document.Length)
            throw new FormatException("A BSON document has a wrong length.");

        _rest = document[4..length];
    }

    public BsonType Type { get; private set; }
    public ReadOnlySpan<byte> Name { get; private set; }
    public ReadOnlySpan<byte> Value { get; private set; }

    public bool Next()
    {
        Type = (BsonType)_rest[0];
        if (Type == BsonType.EndOfDocument)
            return false;

        var nameLength = _rest[1..].IndexOf((byte)0);
        if (nameLength < 0)
            throw new FormatException("A BSON name has no end.");

        Name = _rest.Slice(1, nameLength);
        _rest = _rest[(nameLength + 2)..];

        var size = SizeOf(Type, _rest);
        if (size < 0 || size >= _rest.Length)
            throw new FormatException("A BSON value reaches beyond its document.");

        Value = _rest[..size];
        _rest = _rest[size..];
        return true;
    }

    public readonly string AsString() =>
        Type == BsonType.String
            ? Encoding.UTF8.GetString(Value[4..^1])
            : throw new MongoError(MongoError.TypeMismatch, $"Field '{Encoding.UTF8.GetString(Name)}' must be a string.");

    public readonly long AsLong() => Type switch
    {
        BsonType.Int64 => BinaryPrimitives.ReadInt64LittleEndian(Value),
        BsonType.Int32 => BinaryPrimitives.ReadInt32LittleEndian(Value),
        BsonType.Double => (long)BinaryPrimitives.ReadDoubleLittleEndian(Value),
        _ => throw new MongoError(MongoError.TypeMismatch, $"Field '{Encoding.UTF8.GetString(Name)}' must be a number."),
    };

    public readonly bool AsBool() => Type == BsonType.Boolean ? Value[0] != 0 : AsLong() != 0;

    private static int SizeOf(BsonType type, ReadOnlySpan<byte> value) => type switch
    {
        BsonType.Double or BsonType.DateTime or BsonType.Timestamp or BsonType.Int64 => 8,
        BsonType.String or BsonType.JavaScript or BsonType.Symbol => 4 + BinaryPrimitives.ReadInt32LittleEndian(value),
        BsonType.Document or BsonType.Array or BsonType.JavaScriptWithScope => BinaryPrimitives.ReadInt32LittleEndian(value),
        BsonType.Binary => 5 + BinaryPrimitives.ReadInt32LittleEndian(value),
        BsonType.Undefined or BsonType.Null or BsonType.MinKey or BsonType.MaxKey => 0,
        BsonType.ObjectId => 12,
        BsonType.Boolean => 1,
        BsonType.Int32 => 4,
        BsonType.Decimal128 => 16,
        BsonType.RegularExpression => TwoNames(value),
        (BsonType)0x0C => 16 + BinaryPrimitives.ReadInt32LittleEndian(value),      // DBPointer, of which the driver knows nothing any more
        _ => -1,
    };

    private static int TwoNames(ReadOnlySpan<byte> value)
    {
        var first = value.IndexOf((byte)0) + 1;
        return first + value[first..].IndexOf((byte)0) + 1;
    }
}
